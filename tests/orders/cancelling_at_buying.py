"""The reseller cancels at the instant the buyer takes the order: it is bought or refunded, never both."""

import threading
from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction

import wallets.queries
from orders import tasks
from orders.models import Order, Purchase
from orders.operations import buying, deciding
from orders.operations.cancelling import Canceled, CannotBeCanceled, cancel
from orders.operations.settling import settle
from tests.racing import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 10


def test_with_the_guard_off_an_order_is_bought_and_refunded(order_of, demo, alice):
    """The control: it is read that nothing was sent, the buyer takes and sends it, and it is withdrawn all the same."""
    order = order_of()
    read, bought = threading.Barrier(2), threading.Event()

    def cancel_unguarded():
        state = Purchase.objects.get(order=order).state
        read.wait(PATIENCE)
        bought.wait(PATIENCE)
        if state == "queued":
            with transaction.atomic():
                Purchase.objects.filter(order=order).update(state="withdrawn")
                settle(order.pk)

    def buy():
        read.wait(PATIENCE)
        claimed = buying.claim([])
        assert claimed is not None
        buying.record(claimed, buying.send(claimed))
        Order.objects.filter(pk=order.pk).update(status="pending")
        bought.set()

    assert at_once(cancel_unguarded, buy) == [None, None]
    order.refresh_from_db()
    assert (order.status, order.refunded, len(demo.orders())) == ("canceled", Decimal("0.90"), 1)


@pytest.mark.parametrize("cancels", [True, False])
def test_a_cancel_and_a_buyer_at_once_end_in_one_of_the_two(order_of, sell, upstream, demo, alice, cancels):
    service = sell(at=upstream, cancel=cancels)
    seen: Counter[str] = Counter()
    for _ in range(ROUNDS):
        order = order_of(service=service)
        before, sent = wallets.queries.balance_from_database(alice.id), len(demo.orders())
        give_up = partial(cancel, account_id=alice.id, sent=[order.shown_id])
        *outcomes, _ = at_once(*[give_up] * 4, tasks.buy_due)
        order, purchase = Order.objects.get(pk=order.pk), Purchase.objects.get(order=order)
        kind = {type(each[order.shown_id]) for each in outcomes}
        back = wallets.queries.balance_from_database(alice.id) - before
        result: tuple[object, ...] = (purchase.state, len(demo.orders()) - sent, order.refunded, back)
        if purchase.state == "withdrawn":
            assert result == ("withdrawn", 0, Decimal("0.90"), Decimal("0.90"))
            assert kind == {Canceled}
        else:
            assert result == ("placed", 1, 0, 0)
            assert kind == ({Canceled} if cancels else {CannotBeCanceled})
            assert (purchase.cancel_requested_at is not None) == cancels
            with transaction.atomic():
                deciding.cancel_and_refund(order_id=order.pk, actor="operator", reason="next round")
        seen[purchase.state] += 1
    assert sum(seen.values()) == ROUNDS


def test_batches_that_name_the_same_orders_in_other_orders_all_succeed(order_of, sell, upstream, alice):
    service = sell(at=upstream, cancel=True)
    orders = [order_of(service=service, quantity=50) for _ in range(20)]
    for order in orders[:10]:
        order.purchases.update(state="placed", provider_order_id=f"p-{order.pk}")
        settle(order.pk)
    sent = [each.shown_id for each in orders]
    calls = [partial(cancel, account_id=alice.id, sent=names) for names in (sent, sent[::-1]) * 4]
    for outcomes in at_once(*calls):
        assert {type(each) for each in outcomes.values()} == {Canceled}
    assert Order.objects.filter(status="canceled").count() == 10
    assert Purchase.objects.filter(cancel_due_at__isnull=False).count() == 10
    assert wallets.queries.balance_from_database(alice.id) == 100 - 10 * Decimal("0.045")
