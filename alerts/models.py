"""The causes for which the operator is told."""

from django.db import models
from django.db.models import Q


class Alert(models.Model):
    """Something the operator has to know, from when it was first seen until it is over; told once for each cause."""

    kind = models.CharField(max_length=64, help_text="provider.failing, orders.stuck, books.disagree …")
    subject_id = models.BigIntegerField(default=0, help_text="what it is about, among its kind; 0: the whole panel")
    text = models.CharField(max_length=500, help_text="a sentence that says what is wrong and what can be done")
    path = models.CharField(max_length=300, blank=True, help_text="the admin's page where it is dealt with")
    raised_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)
    mail_claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    mail_problem = models.CharField(max_length=300, blank=True, help_text="why the last mail of it did not go out")
    hidden_at = models.DateTimeField(null=True, blank=True, help_text="since when it is left out of the banner")
    cleared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-raised_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=Q(cleared_at__isnull=True),
                name="alert_once_per_cause",
            ),
        ]
        indexes = [
            models.Index(
                fields=["id"], condition=Q(mailed_at__isnull=True, cleared_at__isnull=True), name="alert_to_mail"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"
