"""Delivered orders, and refills of them: what the tests of refills share."""

import pytest

from orders.models import Order, Refill
from orders.operations import refills

WHO = {"actor": "operator@example.com", "reason": "seen to"}


@pytest.fixture
def delivered(order_of, buy, follow, demo):
    """Order 1000 at a service that refills, and have it delivered."""
    demo.control(delivery_seconds=0, refill_seconds=0)

    def make(*behaviours, **fields):
        demo.control(next=list(behaviours))
        order = order_of(**({"refill": True} | fields))
        buy()
        follow()
        return Order.objects.get(pk=order.pk)

    return make


@pytest.fixture
def refill(alice):
    """Ask for a refill as alice's program does; return it."""

    def ask(order):
        outcome = refills.request(account_id=alice.id, sent=[order.shown_id], actor="api:test")[order.shown_id]
        assert isinstance(outcome, refills.Requested), outcome
        return Refill.objects.get(pk=outcome.id)

    return ask
