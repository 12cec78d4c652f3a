"""Deciding one of several unknown runs of an order: each for itself."""

from decimal import Decimal
from typing import Any

import pytest

import wallets.queries
from events.models import Event
from orders.models import Order, Purchase
from orders.operations import CannotDecide, mark_not_placed, mark_placed, place, resend
from orders.operations.settling import settle

pytestmark = pytest.mark.django_db(transaction=True)
WHO: dict[str, Any] = {"actor": "bob@panel.example", "reason": "looked there"}


@pytest.fixture
def runs(alice, upstream, sell) -> list[Purchase]:
    """Three runs of one order, of all of which nobody knows whether they were placed."""
    service = sell(at=upstream, dripfeed=True)
    params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "1000"}
    place(account_id=alice.id, params=params | {"runs": "3", "interval": "10"}, request_id="r-1")
    Purchase.objects.update(state="unknown", cost=Decimal("0.50"))
    settle(Order.objects.get().pk)
    return list(Purchase.objects.order_by("run"))


def states() -> list[str]:
    return list(Purchase.objects.order_by("run", "attempt").values_list("state", flat=True))


def test_each_run_is_decided_for_itself(runs, alice):
    order = Order.objects.get()
    mark_placed(order_id=order.pk, purchase_id=runs[0].pk, provider_order_id="7", **WHO)
    assert states() == ["placed", "unknown", "unknown"]
    mark_not_placed(order_id=order.pk, purchase_id=runs[1].pk, **WHO)
    assert states() == ["placed", "refused", "unknown"]
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("processing", Decimal("0.90"))
    resend(order_id=order.pk, purchase_id=runs[2].pk, **WHO)
    assert states() == ["placed", "refused", "refused", "queued"]
    assert wallets.queries.balance_from_database(alice.id) == Decimal("98.20")
    assert [each.data["purchases"] for each in Event.objects.filter(reason="looked there", subject="order")[:1]] == [
        [runs[0].pk]
    ]


def test_what_is_not_there_costs_nothing(runs):
    mark_not_placed(order_id=runs[0].order_id, purchase_id=runs[0].pk, **WHO)
    assert Purchase.objects.get(pk=runs[0].pk).cost == 0


def test_an_id_belongs_to_one_run_and_which_has_to_be_said(runs):
    with pytest.raises(CannotDecide, match="several runs of this order are unknown: decide each on its own page"):
        mark_placed(order_id=runs[0].order_id, provider_order_id="7", **WHO)
    assert states() == ["unknown"] * 3


def test_without_saying_which_all_are_decided(runs, alice):
    mark_not_placed(order_id=runs[0].order_id, **WHO)
    assert states() == ["refused"] * 3
    assert wallets.queries.balance_from_database(alice.id) == 100


@pytest.mark.parametrize("decide", [mark_not_placed, resend])
def test_another_orders_purchase_is_not_decided_by_mistake(decide, runs, order_of):
    other = order_of()
    with pytest.raises(CannotDecide, match="no purchase of this order is unknown"):
        decide(order_id=other.pk, purchase_id=runs[0].pk, **WHO)
    with pytest.raises(CannotDecide, match="no purchase of this order is unknown"):
        mark_placed(order_id=other.pk, purchase_id=runs[0].pk, provider_order_id="7", **WHO)
    assert sorted(states()) == ["queued", *["unknown"] * 3]


def test_a_run_is_decided_once(runs):
    mark_not_placed(order_id=runs[0].order_id, purchase_id=runs[0].pk, **WHO)
    for decide in (mark_not_placed, resend):
        with pytest.raises(CannotDecide, match="no purchase of this order is unknown"):
            decide(order_id=runs[0].order_id, purchase_id=runs[0].pk, **WHO)
    assert states() == ["refused", "unknown", "unknown"]
