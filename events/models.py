"""The one table of facts."""

from django.db import models
from django.db.models import Q


class Event(models.Model):
    """A fact that happened to a subject (an order, a wallet, a key …); never changed, never deleted.

    Only `announce` may change (a trigger holds it): the webhooks' outbox switches it off when it has fanned out.
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
    announce = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "subject_id", "id"], name="event_by_subject"),
            models.Index(fields=["id"], condition=Q(announce=True), name="event_to_announce"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.subject} {self.subject_id})"
