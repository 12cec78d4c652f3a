"""A provider's balance against what our orders there cost."""

from django.db import models

from providers.models import Provider


class Reconciliation(models.Model):
    """One look at both, in the provider's currency. `drift` is what the balance fell more than our costs explain."""

    provider = models.ForeignKey(Provider, on_delete=models.CASCADE, related_name="reconciliations", db_index=False)
    at = models.DateTimeField()
    balance = models.DecimalField(max_digits=20, decimal_places=8)
    cost = models.DecimalField(max_digits=20, decimal_places=8, help_text="of every order there, until then")
    unknown = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="of the orders there that nobody knows of"
    )
    topped_up = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="paid in since the last look, by the operator's word"
    )
    drift = models.DecimalField(max_digits=20, decimal_places=8, default=0)

    class Meta:
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["provider", "at"], name="reconciliation_once_per_moment")]

    def __str__(self) -> str:
        return f"{self.provider} {self.at:%Y-%m-%d}: {self.drift:f}"
