"""What an account pays: pure functions from a rate, a discount and a quantity."""

from decimal import Decimal

from catalog.models import ServiceType
from kit.money import rounded

HUNDRED = Decimal(100)
PER = Decimal(1000)


def account_rate(rate: Decimal, discount_percent: Decimal) -> Decimal:
    """Return the rate in USD that this account is shown and charged by, rounded half up to eight decimals."""
    return rounded(rate * (HUNDRED - discount_percent) / HUNDRED)


def marked_up(cost: Decimal, percent: Decimal) -> Decimal:
    """Return the rate that adds a markup in percent to what the provider takes."""
    return rounded(cost * (HUNDRED + percent) / HUNDRED)


def charge(service_type: str, rate: Decimal, quantity: int) -> Decimal:
    """Return what an order of `quantity` costs in USD, rounded half up to eight decimals.

    A Package's rate is the price of one; every other rate is the price of a thousand.
    """
    if service_type == ServiceType.PACKAGE:
        return rounded(rate * quantity)
    return rounded(rate * quantity / PER)
