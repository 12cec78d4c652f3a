"""A provider's balance against what our orders there cost, and what the operator paid in."""

from django.db import models
from django.db.models import Q

from providers.models import Provider


class Reconciliation(models.Model):
    """One look at both, in the provider's currency. `drift` is what the balance fell more than our costs explain."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="reconciliations", db_index=False)
    at = models.DateTimeField()
    currency = models.CharField(max_length=8, default="USD")
    balance = models.DecimalField(max_digits=20, decimal_places=8)
    cost = models.DecimalField(max_digits=20, decimal_places=8, help_text="of every order there, until then")
    unknown = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="of the orders there that nobody knows of"
    )
    topped_up = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="paid in since the last look, by the operator's word"
    )
    spent = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="what our orders cost since the last look"
    )
    drift = models.DecimalField(max_digits=20, decimal_places=8, default=0)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["provider", "at"], name="reconciliation_once_per_moment")]

    def __str__(self) -> str:
        return f"{self.provider} {self.at:%Y-%m-%d}: {self.drift:f}"


class Topup(models.Model):
    """Money the operator says he paid to a provider, or got back from it (negative), in the provider's currency."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="topups", db_index=False)
    amount = models.DecimalField(max_digits=20, decimal_places=8)
    reference = models.CharField(max_length=128, help_text="the payment's own, so that none is noted twice")
    paid_at = models.DateTimeField()
    actor = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["-paid_at", "-id"]
        verbose_name = "top-up"
        constraints = [
            models.UniqueConstraint(fields=["provider", "reference"], name="topup_unique_reference"),
            models.CheckConstraint(condition=~Q(amount=0), name="topup_moves_money"),
            models.CheckConstraint(condition=~Q(reference=""), name="topup_has_a_reference"),
        ]
        indexes = [models.Index(fields=["provider", "paid_at"], name="topup_by_time")]

    def __str__(self) -> str:
        return f"{self.amount:f} to {self.provider}"
