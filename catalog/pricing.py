"""What an account pays: pure functions from a rate, a discount and a quantity."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from catalog.models import ONE_PRICE
from kit.money import rounded, wire

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

    A package's rate is the price of one; every other rate is the price of a thousand.
    """
    if service_type in ONE_PRICE:
        return rounded(rate * quantity)
    return rounded(rate * quantity / PER)


@dataclass(frozen=True, slots=True)
class Price:
    """What an account pays: its rate, the charge of the order in USD, and the steps that led there, for people."""

    rate: Decimal
    charge: Decimal
    steps: list[dict[str, Any]] = field(default_factory=list)


def price(service_type: str, rate: Decimal, discount_percent: Decimal, quantity: int) -> Price:
    """Return the price of an order of `quantity`, from the service's rate and the account's discount."""
    paid = account_rate(rate, discount_percent)
    due = charge(service_type, paid, quantity)
    steps: list[dict[str, Any]] = [
        {"step": "service's rate", "rate": wire(rate)},
        {"step": "discount", "percent": f"{discount_percent:f}", "rate": wire(paid)},
        {"step": "quantity", "quantity": quantity, "charge": wire(due)},
    ]
    return Price(paid, due, steps)
