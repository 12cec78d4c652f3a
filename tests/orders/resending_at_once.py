"""Sending again against the operator's decision, and against another resender: bought once, refunded or not."""

import threading
from functools import partial
from typing import Any

import pytest

import wallets.queries
from kit import clock
from orders.models import Order, Purchase
from orders.operations import CannotDecide, buying, cancel_and_refund, mark_not_placed, mark_placed, resending
from orders.operations import resend as resend_by_hand
from providers.models import Provider
from tests.orders.resent import bought, claimed, notpanel, service, standing, unknown, upstream
from tests.racing import PATIENCE, at_once

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)
WHO: dict[str, Any] = {"actor": "operator@example.com", "reason": "a test"}
ROUNDS = 6


def send_again():
    """Be a resender; return whether there was something to send."""
    sending = resending.claim([])
    if sending is None:
        return False
    resending.record(sending, resending.send(sending))
    return True


def due(order):
    Purchase.objects.filter(order=order, resend_at__isnull=False).update(resend_at=clock.now())
    Provider.objects.update(unknown_in_a_row=0)


def test_with_the_guard_off_it_is_refunded_and_bought(unknown, bob, alice):
    """The control: both look, then he decides and it is sent, as without the conditional claim."""
    order = unknown("html before")
    read, decided = threading.Barrier(2), threading.Event()
    purchase = bought(order)

    def decide():
        read.wait(PATIENCE)
        mark_not_placed(order_id=order.pk, **WHO)
        decided.set()

    def send_unguarded():
        assert bought(order).state == "unknown"
        read.wait(PATIENCE)
        assert decided.wait(PATIENCE)
        buying.send(
            buying.Claimed(purchase.pk, order.pk, purchase.provider_id, clock.now(), purchase.provider, purchase.sent)
        )

    assert at_once(decide, send_unguarded) == [None, None]
    assert wallets.queries.balance_from_database(alice.id) == 100
    assert Order.objects.filter(account_id=bob.id).count() == 1


@pytest.mark.parametrize("decide", [mark_not_placed, cancel_and_refund])
def test_either_he_decides_or_it_is_sent_again(decide, unknown, bob, alice):
    for _ in range(ROUNDS):
        order, before = unknown("html before"), Order.objects.filter(account_id=bob.id).count()
        due(order)
        sent, decided = at_once(send_again, partial(decide, order_id=order.pk, **WHO))
        there = Order.objects.filter(account_id=bob.id).count() - before
        live = order.purchases.exclude(state="refused").values_list("state", flat=True)
        order.refresh_from_db()
        if sent:
            # Given up once it was placed, perhaps: that has always been his to do.
            gave_up = not isinstance(decided, CannotDecide)
            assert (there, order.refunded) == (1, order.charge if gave_up else 0)
            assert list(live) == ["withdrawn" if gave_up else "placed"]
            assert not gave_up or decide is cancel_and_refund
        else:
            assert (there, sent) == (0, False)
            assert order.refunded == order.charge


def test_sent_again_by_hand_and_by_itself_it_is_there_once(unknown, bob, alice):
    for _ in range(ROUNDS):
        order, before = unknown("html before"), Order.objects.filter(account_id=bob.id).count()
        due(order)
        at_once(send_again, partial(resend_by_hand, order_id=order.pk, **WHO))
        send_again()
        assert Order.objects.filter(account_id=bob.id).count() == before + 1
        assert standing(order) == ("processing", "placed")


@pytest.mark.parametrize("decide", [mark_not_placed, resend_by_hand, partial(mark_placed, provider_order_id="ord_77")])
def test_he_decides_nothing_while_it_is_being_sent_again(decide, unknown):
    order = unknown()
    due(order)
    sending = claimed(resending.claim)
    with pytest.raises(CannotDecide, match="it is being sent again at this moment: look again in a minute"):
        decide(order_id=order.pk, **WHO)
    with pytest.raises(CannotDecide, match="is being sent at this moment"):
        cancel_and_refund(order_id=order.pk, **WHO)
    assert (standing(order), order.refunded) == (("processing", "submitting"), 0)
    resending.record(sending, resending.send(sending))
    assert standing(order) == ("processing", "placed")


def test_what_he_has_decided_is_not_sent_again(unknown, notpanel, bob):
    order = unknown("html before")
    mark_not_placed(order_id=order.pk, **WHO)
    assert bought(order).resend_at is None
    assert send_again() is False
    assert (len(notpanel.request_ids), Order.objects.filter(account_id=bob.id).count()) == (1, 0)


def test_resenders_at_once_send_each_once_more(unknown, notpanel, bob):
    orders = [unknown("html after") for _ in range(2)]
    upstream_calls = len(notpanel.request_ids)
    for each in orders:
        due(each)
    assert sorted(at_once(*[send_again] * 6)) == [False] * 4 + [True] * 2
    assert len(notpanel.request_ids) == upstream_calls + 2
    assert {standing(each) for each in orders} == {("processing", "placed")}
    assert Order.objects.filter(account_id=bob.id).count() == 2
