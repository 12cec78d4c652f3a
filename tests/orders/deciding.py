"""What the operator decides of an order, and what he may not."""

from decimal import Decimal
from typing import Any

import pytest

import wallets.queries
from events.models import Event
from orders.models import Order
from orders.operations import CannotDecide, buying, cancel_and_refund, mark_not_placed, mark_placed, resend
from orders.operations.cancelling import cancel
from providers.models import Provider

pytestmark = pytest.mark.django_db(transaction=True)
WHO: dict[str, Any] = {"actor": "operator@example.com", "reason": "the reseller asked"}


@pytest.fixture
def unknown(order_of, buy, demo):
    """An order of which nobody knows whether it was placed."""
    demo.control(next=["500_before_placing"])
    order = order_of()
    buy()
    assert order.purchases.get().state == "unknown"
    return order


def test_cancels_what_waits_and_gives_the_money_back(order_of, buy, demo, alice):
    order = order_of()
    cancel_and_refund(order_id=order.pk, **WHO)
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("canceled", Decimal("0.90"))
    buy()
    assert demo.calls("add") == []
    assert wallets.queries.balance_from_database(alice.id) == 100
    told = Event.objects.get(kind="order.canceled")
    assert (told.actor, told.reason) == ("operator@example.com", "the reseller asked")


def test_cancels_what_is_under_way_and_keeps_the_delivered_part(order_of, buy):
    from orders.models import Purchase

    order = order_of()
    buy()
    Purchase.objects.update(reported="in_progress", remains=400)
    cancel_and_refund(order_id=order.pk, **WHO)
    order.refresh_from_db()
    assert (order.status, order.remains, order.refunded) == ("partial", 400, Decimal("0.36"))


def test_does_not_cancel_what_is_being_sent_at_this_moment(order_of):
    order = order_of()
    assert buying.claim([]) is not None
    with pytest.raises(CannotDecide, match="is being sent at this moment"):
        cancel_and_refund(order_id=order.pk, **WHO)
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("pending", 0)


def test_does_not_cancel_twice(order_of, alice):
    order = order_of()
    cancel_and_refund(order_id=order.pk, **WHO)
    with pytest.raises(CannotDecide, match="has ended"):
        cancel_and_refund(order_id=order.pk, **WHO)
    assert wallets.queries.balance_from_database(alice.id) == 100


def test_marks_an_unknown_one_as_not_placed_and_refunds_it(unknown, alice):
    mark_not_placed(order_id=unknown.pk, **WHO)
    unknown.refresh_from_db()
    assert (unknown.status, unknown.refunded) == ("failed", Decimal("0.90"))
    assert wallets.queries.balance_from_database(alice.id) == 100


def test_sends_an_unknown_one_again_as_a_new_attempt(unknown, buy, demo):
    resend(order_id=unknown.pk, **WHO)
    unknown.refresh_from_db()
    assert unknown.status == "pending"
    buy()
    unknown.refresh_from_db()
    assert unknown.status == "processing"
    assert list(unknown.purchases.values_list("attempt", "state")) == [(1, "refused"), (2, "placed")]
    assert len(demo.orders()) == 1
    assert unknown.refunded == 0


@pytest.mark.parametrize("decide", [mark_not_placed, resend])
def test_decides_only_what_is_unknown(decide, order_of, buy):
    order = order_of()
    with pytest.raises(CannotDecide, match="no purchase of this order is unknown"):
        decide(order_id=order.pk, **WHO)
    buy()
    with pytest.raises(CannotDecide, match="no purchase of this order is unknown"):
        decide(order_id=order.pk, **WHO)
    order.refresh_from_db()
    assert (order.status, order.purchases.count()) == ("processing", 1)


@pytest.mark.parametrize("decide", [cancel_and_refund, mark_not_placed, resend])
def test_asks_for_a_reason(decide, unknown):
    before = Order.objects.values().get()
    with pytest.raises(CannotDecide, match="say why"):
        decide(order_id=unknown.pk, actor="operator@example.com", reason="  ")
    assert Order.objects.values().get() == before


def test_an_unknown_one_that_is_there_is_followed_to_its_end(order_of, buy, demo, follow):
    demo.control(next=["html_after_placing"])
    order = order_of()
    buy()
    theirs = str(demo.orders()[0]["order"])
    mark_placed(order_id=order.pk, provider_order_id=theirs, **WHO)
    follow()
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("completed", 0)
    assert len(demo.orders()) == 1


@pytest.mark.parametrize(
    "no_id", ["", "   ", "x" * 65, "a\nb", "' OR 1", "4711 4712", "4711,4712", "null", "-1", "0", "№7"]
)
def test_asks_for_an_id_that_can_be_one(no_id, unknown):
    with pytest.raises(CannotDecide, match="give the order's id at the provider"):
        mark_placed(order_id=unknown.pk, provider_order_id=no_id, **WHO)
    assert unknown.purchases.get().state == "unknown"


def test_two_orders_cannot_have_one_id_at_the_provider(unknown, order_of, buy, demo):
    mark_placed(order_id=unknown.pk, provider_order_id="7", **WHO)
    demo.control(next=["html"])
    other = order_of()
    buy()
    with pytest.raises(CannotDecide, match="another purchase has the id 7"):
        mark_placed(order_id=other.pk, provider_order_id="7", **WHO)
    assert other.purchases.get().state == "unknown"


def test_an_order_at_a_notpanel_is_attached_by_its_own_id_alone(unknown):
    """By its number, which a NotPanel understands too, an order that another purchase has could be attached again."""
    Provider.objects.update(dialect="standard")
    with pytest.raises(CannotDecide, match="ord_"):
        mark_placed(order_id=unknown.pk, provider_order_id="459", **WHO)
    mark_placed(order_id=unknown.pk, provider_order_id="ord_01M834ZQ16EZX12ZA9XDY6RCA4", **WHO)


def test_only_an_unknown_one_can_be_said_to_be_placed(order_of):
    order = order_of()
    with pytest.raises(CannotDecide, match="no purchase of this order is unknown"):
        mark_placed(order_id=order.pk, provider_order_id="7", **WHO)
    assert order.purchases.get().state == "queued"


def test_what_the_reseller_has_asked_to_cancel_is_not_resent(unknown, alice):
    cancel(account_id=alice.id, sent=[str(unknown.pk)])
    with pytest.raises(CannotDecide, match="asked to cancel"):
        resend(order_id=unknown.pk, **WHO)
    assert list(unknown.purchases.values_list("attempt", "state")) == [(1, "unknown")]
    assert mark_not_placed(order_id=unknown.pk, **WHO).refunded == unknown.charge
