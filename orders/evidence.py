"""What speaks for or against an unknown purchase being at its provider: the balance there, and orders like it."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Q, QuerySet, Sum

from kit.money import ZERO, wire
from orders.models import IN_DOUBT, Purchase, Topup
from orders.states import PurchaseState
from providers.models import BalanceReading
from providers.queries import readings_around

NEARBY = timedelta(minutes=10)
CLOSE = Decimal("0.1")  # of the expected cost: nearer than this to it, or to nothing, is a fit
SHOWN = 20


@dataclass(frozen=True, slots=True)
class Balances:
    """The provider's balance around a purchase, in its currency, and what of its fall is explained by others."""

    before: BalanceReading | None
    after: BalanceReading | None
    others: Decimal
    topped_up: Decimal
    undecided: int
    expected: Decimal

    @property
    def unexplained(self) -> Decimal | None:
        """Return what the balance fell beyond all we know of; None where it was not read before and since."""
        if self.before is None or self.after is None or self.before.currency != self.after.currency:
            return None
        return self.before.balance - self.after.balance + self.topped_up - self.others

    @property
    def verdict(self) -> str:
        """Return in a sentence what the balance says."""
        rest = self.unexplained
        if rest is None:
            return "The provider's balance was not read both before and since: it says nothing yet."
        if self.expected <= ZERO:
            return f"It fell by {wire(rest)} that nothing explains; what this purchase would cost is not known."
        fell = f"It fell by {wire(rest)} that nothing else explains; this purchase would cost {wire(self.expected)}"
        others = f" {self.undecided} more unknown at that time may be in it." if self.undecided else ""
        if abs(rest - self.expected) <= self.expected * CLOSE:
            return f"{fell}: that fits, it seems to be there.{others}"
        if abs(rest) <= self.expected * CLOSE:
            return f"{fell}: it seems not to be there.{others}"
        return f"{fell}: that fits neither.{others} Refunds at the provider move its balance as well."


def balances(purchase: Purchase) -> Balances:
    """Return the provider's balance around the purchase, and what else moved it meanwhile."""
    at = purchase.claimed_at or purchase.wanted_at
    before, after = readings_around(purchase.provider_id, at)
    if before is None or after is None:
        return Balances(before, after, ZERO, ZERO, 0, purchase.cost or ZERO)
    others = Purchase.objects.filter(
        provider_id=purchase.provider_id, claimed_at__gt=before.at, claimed_at__lte=after.at
    ).exclude(pk=purchase.pk)
    there = others.filter(
        Q(state__in=[PurchaseState.PLACED, PurchaseState.DONE])
        | Q(state=PurchaseState.WITHDRAWN, provider_order_id__isnull=False),
        currency=before.currency,
    )
    paid = Topup.objects.filter(provider_id=purchase.provider_id, paid_at__gt=before.at, paid_at__lte=after.at)
    return Balances(
        before=before,
        after=after,
        others=there.aggregate(all=Sum("cost"))["all"] or ZERO,
        topped_up=paid.aggregate(all=Sum("amount"))["all"] or ZERO,
        undecided=others.filter(IN_DOUBT).count(),
        expected=purchase.cost or ZERO,
    )


def similar(purchase: Purchase) -> list[Purchase]:
    """Return other purchases at the provider for the same link, and of the same quantity within ten minutes."""
    link = purchase.order.link
    same_link = _others(purchase).filter(order__link=link).order_by("-order_id")[:SHOWN] if link else []
    found = {each.pk: each for each in same_link}
    if purchase.claimed_at is not None:
        nearby = (purchase.claimed_at - NEARBY, purchase.claimed_at + NEARBY)
        of_that_time = _others(purchase).filter(quantity=purchase.quantity, claimed_at__range=nearby)
        found |= {each.pk: each for each in of_that_time.order_by("claimed_at")[:SHOWN]}
    return list(found.values())


def _others(purchase: Purchase) -> QuerySet[Purchase]:
    others = Purchase.objects.filter(provider_id=purchase.provider_id).exclude(pk=purchase.pk)
    return others.exclude(claimed_at__isnull=True).select_related("order")
