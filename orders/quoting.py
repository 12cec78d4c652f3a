"""What an order would cost now, or why it would be refused: read only, by the rules and in the order of placing it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import wallets.queries
from catalog.models import Coupon, Service
from catalog.pricing import Off, Price, for_the_account
from kit.money import ZERO
from orders.coupon_rules import objections
from orders.guarding import guard_of
from orders.operations.placing import (
    LinkInProgress,
    OrdersStopped,
    ServiceNotFound,
    full_price,
    guarded,
    offered,
)
from orders.parameters import (
    InvalidCoupon,
    InvalidParameter,
    MissingParameter,
    QuantityAbove,
    QuantityBelow,
    Wanted,
    wanted,
)
from wallets.operations import InsufficientBalance

# Every refusal of `place`, but for what only a second request can meet.
REFUSALS = (
    *(MissingParameter, InvalidParameter, ServiceNotFound, OrdersStopped, QuantityBelow, QuantityAbove),
    *(LinkInProgress, InvalidCoupon, InsufficientBalance),
)


class NoSuchCoupon(InvalidCoupon):
    """No coupon has this code."""


@dataclass(slots=True)
class Quote:
    """What an order would cost, in USD, as far as what was asked says it; and why it would be refused, or None.

    `listed` is the service's rate and `rate` the account's; `full` is the charge before the coupon, of which `charge`
    is what remains. `steps` lead from the one to the other, in English, and tell nothing of what the rate is made of.
    """

    balance: Decimal = ZERO
    service: Service | None = None
    listed: Decimal | None = None
    rate: Decimal | None = None
    wanted: Wanted | None = None
    full: Decimal | None = None
    charge: Decimal | None = None
    steps: list[dict[str, Any]] = field(default_factory=list)
    refusal: Exception | None = None

    @property
    def enough(self) -> bool:
        """Return whether the balance covers what is known of the charge."""
        return self.charge is None or self.charge <= self.balance


def quote(account_id: int, params: Mapping[str, str]) -> Quote:
    """Return what `place` would charge the account for these parameters now, or would refuse them for; writes nothing.

    The price is there as far as it is known: a rate without a quantity, the full charge where the coupon is refused.
    """
    found = Quote(balance=wallets.queries.balance(account_id))
    try:
        _read(found, account_id, params)
    except REFUSALS as refusal:
        found.refusal = refusal
    return found


def _read(found: Quote, account_id: int, params: Mapping[str, str]) -> None:
    offer = offered(account_id, params)
    service = found.service = offer.service
    found.listed, found.rate = service.rate, offer.deal.rate(service.rate)
    want = found.wanted = wanted(service, params)
    price = full_price(offer, want)
    _note(found, price)
    found.full = price.charge
    if guarded(guard_of(service, want.target, account_id)):
        raise LinkInProgress
    with_it, why_not = couponed(price, params.get("coupon", ""), account_id=account_id, service=service)
    if why_not:
        raise InvalidCoupon(why_not[0])
    _note(found, with_it)
    if not found.enough:
        raise InsufficientBalance


def _note(found: Quote, price: Price) -> None:
    found.charge, found.steps = price.charge, for_the_account(price.steps)


def couponed(price: Price, code: str, *, account_id: int, service: Service) -> tuple[Price, list[str]]:
    """Return the price with the coupon, whose use is not counted; where it does not apply, as it is, and why not.

    :raises NoSuchCoupon: where there is none with this code; no code is no coupon.
    """
    if not code:
        return price, []
    coupon = Coupon.objects.filter(code=code).first() if "\0" not in code else None
    if coupon is None:
        raise NoSuchCoupon(code)
    why_not = objections(coupon, account_id=account_id, service=service, charge=price.charge)
    return price if why_not else price.with_coupon(Off(coupon.code, coupon.percent, coupon.amount)), why_not
