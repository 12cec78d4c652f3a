"""What a purchase is expected to cost, and what is left of an order's charge after its costs."""

from collections.abc import Iterable
from decimal import Decimal

from catalog.models import ServiceType
from catalog.pricing import charge
from kit.money import LIMIT, ZERO, rounded


def expected_cost(service_type: str, rate: Decimal, quantity: int) -> Decimal | None:
    """Return what a provider with this rate will take for a purchase, in its currency; None for what no column holds.

    A subscription costs nothing itself: each of its posts is bought as an order of its own.
    """
    cost = ZERO if service_type == ServiceType.SUBSCRIPTIONS else charge(service_type, rate, quantity)
    return cost if cost < LIMIT else None


def in_usd(cost: Decimal | None, exchange_rate: Decimal | None) -> Decimal | None:
    """Return a cost in USD, or None where the cost, or what its currency is worth, is not known."""
    return None if cost is None or exchange_rate is None else rounded(cost * exchange_rate)


def margin(kept: Decimal, costs: Iterable[Decimal | None]) -> Decimal | None:
    """Return what is left of the charge that was kept, in USD; negative where it was a loss.

    :param costs: of every purchase that stands at a provider; with one that is not known, there is no margin to tell.
    """
    left = kept
    for cost in costs:
        if cost is None:
            return None
        left -= cost
    return left
