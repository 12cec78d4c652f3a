"""A refusal that is recorded while the operator gives the order up: bought elsewhere or refunded, never both."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from orders.models import Purchase
from orders.operations import CannotDecide, buying, cancel_and_refund, rerouting
from orders.operations.settling import settle
from orders.states import PurchaseState
from providers.outcomes import Refused
from tests.orders.sources import second, second_demo, service
from tests.racing import PATIENCE, at_once

__all__ = ["second", "second_demo", "service"]
pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 15


def standing(order):
    order.refresh_from_db()
    return order.status, order.refunded, sorted(order.purchases.values_list("attempt", "state"))


@pytest.fixture
def lost(order_of, service):
    """An order whose call was given up as lost, and that call: its answer may still come, the operator may decide."""

    def make():
        order = order_of(service=service)
        claimed = buying.claim([])
        assert claimed is not None
        Purchase.objects.filter(pk=claimed.id).update(state=PurchaseState.UNKNOWN)
        settle(order.pk)
        return order, claimed

    return make


def test_with_the_guard_off_the_order_is_refunded_and_bought_elsewhere(lost):
    """The control: both look, then both write, as a program without the conditional statement would."""
    order, claimed = lost()
    both_have_looked = threading.Barrier(2)
    given_up = threading.Event()

    def look():
        assert Purchase.objects.get(pk=claimed.id).state == PurchaseState.UNKNOWN
        both_have_looked.wait(PATIENCE)

    def give_up():
        look()
        cancel_and_refund(order_id=order.pk, actor="operator", reason="a test")
        given_up.set()

    def record_unguarded():
        look()
        assert given_up.wait(PATIENCE)
        Purchase.objects.filter(pk=claimed.id).update(state=PurchaseState.REFUSED)
        rerouting.buy_elsewhere(purchase_id=claimed.id)

    assert at_once(give_up, record_unguarded) == [None, None]
    assert standing(order) == ("canceled", order.charge, [(1, "refused"), (2, "queued")])


def test_with_the_guard_on_one_of_them_wins(lost):
    seen = set()
    for _ in range(ROUNDS):
        order, claimed = lost()
        recorded, decided = at_once(
            partial(buying.record, claimed, Refused("no")),
            partial(cancel_and_refund, order_id=order.pk, actor="operator", reason="a test"),
        )
        assert recorded is None
        now = standing(order)
        if isinstance(decided, CannotDecide):
            assert now == ("pending", 0, [(1, "refused"), (2, "queued")])
        elif now[0] == "canceled" and len(now[2]) == 2:  # recorded first; the operator then gave the new attempt up
            assert now == ("canceled", order.charge, [(1, "refused"), (2, "withdrawn")])
        else:
            assert now == ("canceled", order.charge, [(1, "withdrawn")])
        seen.add(now[0])
        Purchase.objects.filter(order=order, state="queued").update(due_at=timezone.now() + timedelta(days=1))
    assert seen <= {"pending", "canceled"}
