"""The one table of facts."""

from django.db import models


class Event(models.Model):
    """A fact that happened to a subject (an order, a wallet, a key …); never changed nor deleted: a trigger holds it.

    One that was announced has a public id (`evt_…`), by which the receivers of its webhooks know it.
    """

    public_id = models.UUIDField(null=True, unique=True, editable=False)
    kind = models.CharField(max_length=64)
    account_id = models.BigIntegerField(null=True)
    subject = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    data = models.JSONField(default=dict)
    actor = models.CharField(max_length=254, blank=True)
    reason = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "id"], name="event_by_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.subject} {self.subject_id})"
