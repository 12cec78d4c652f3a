"""Wallets that orders, the operator and the panel have moved, with marks of what their owner is not to see."""

import itertools
from collections.abc import Callable
from decimal import Decimal

import pytest

from accounts.operations import deposit
from orders.models import Order
from orders.operations import place
from tests.conftest import MakeService, Person
from wallets.operations import adjust, refund

OPERATOR = "operator@panel.example"
UPSTREAM = "Upstream-of-ours"
PAGE = "/dashboard/wallet"
PlaceFor = Callable[[Person], Order]


@pytest.fixture
def order_for(sell: MakeService) -> PlaceFor:
    """Place an order of 0.90 USD for somebody."""
    numbers, service = itertools.count(1), sell()

    def make(who: Person) -> Order:
        params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "1000"}
        placed = place(account_id=who.id, params=params, request_id=f"order-{next(numbers)}")
        return Order.objects.get(pk=placed.id)

    return make


@pytest.fixture
def order(alice: Person, order_for: PlaceFor) -> Order:
    """Alice's order, of which 0.36 USD went back because of what a provider said; and what the operator did to her."""
    made = order_for(alice)
    refund(
        account_id=alice.id,
        amount=Decimal("0.36"),
        reference=f"order:{made.pk}:refund:0.36",
        actor=OPERATOR,
        reason=f"{UPSTREAM} said: no funds",
    )
    deposit(account_id=alice.id, amount=Decimal(25), reference="bank-7", actor=OPERATOR, reason=f"by {UPSTREAM}")
    adjust(account_id=alice.id, amount=Decimal("-2.50"), reference="fix-1", actor=OPERATOR, reason="a double payout")
    return made
