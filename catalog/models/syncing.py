"""What a provider's list would change in the catalogue, for the operator to read and approve."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class ChangeState(models.TextChoices):
    """What became of a change."""

    PROPOSED = "proposed", _("waits for you")
    QUARANTINED = "quarantined", _("held back: the price jumped")
    APPLIED = "applied", _("applied")
    REFUSED = "refused", _("refused")
    WITHDRAWN = "withdrawn", _("no longer so at the provider")


OPEN = (ChangeState.PROPOSED, ChangeState.QUARANTINED)


class SyncChange(models.Model):
    """One field of one source, as it was and as the provider has it now; or a service that is new or gone."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="+")
    source = models.ForeignKey("catalog.Source", on_delete=models.CASCADE, null=True, related_name="changes")
    remote_id = models.CharField(max_length=64)
    name = models.CharField(max_length=500, blank=True)
    field = models.CharField(max_length=32, help_text="new, gone, back, name, cost, min, max, type …")
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    percent = models.DecimalField(max_digits=12, decimal_places=2, null=True, help_text="by how much a price moved")
    state = models.CharField(max_length=16, choices=ChangeState.choices)
    actor = models.CharField(max_length=254, blank=True)
    at = models.DateTimeField(help_text="when it was first seen")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=ChangeState.values), name="sync_change_state_valid"),
            # Seen again at the next round, an open change stays the one that it is and is not told twice.
            models.UniqueConstraint(
                fields=["provider", "remote_id", "source", "field"],
                condition=Q(state__in=[ChangeState.PROPOSED, ChangeState.QUARANTINED]),
                nulls_distinct=False,
                name="sync_change_open_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["provider", "id"],
                condition=Q(state__in=[ChangeState.PROPOSED, ChangeState.QUARANTINED]),
                name="sync_change_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.remote_id}: {self.field}"
