"""The purchases that wait for a decision, as rows with a screen of their own."""

from typing import ClassVar

from django.db import models

from orders.models.purchases import Purchase
from orders.states import PurchaseState


class Undecided(models.Manager["UnknownPurchase"]):
    """Finds the purchases in the state `unknown`, and no others."""

    def get_queryset(self) -> models.QuerySet["UnknownPurchase"]:
        """Return them."""
        return super().get_queryset().filter(state=PurchaseState.UNKNOWN)


class UnknownPurchase(Purchase):
    """A purchase of which nobody knows whether it was placed; once that is decided, it is none any more."""

    objects: ClassVar[Undecided] = Undecided()

    class Meta:
        proxy = True
        verbose_name = "unknown purchase"
