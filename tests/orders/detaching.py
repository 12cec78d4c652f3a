"""Taking back an id that an operator gave an unknown purchase, and that its provider never knew."""

from decimal import Decimal
from typing import Any

import pytest

from events.models import Event
from kit import clock
from orders.models import Order, Purchase
from orders.operations import (
    CannotDecide,
    buying,
    deciding,
    detach,
    following,
    mark_not_placed,
    mark_placed,
    place,
    resend,
)
from orders.operations.cancelling import cancel
from orders.operations.settling import settle
from orders.queries import wrongly_attached
from providers.following import StatusNews
from providers.outcomes import Placed, Unknown
from tests.orders.subscribed import followed

pytestmark = pytest.mark.django_db(transaction=True)
WHO: dict[str, Any] = {"actor": "bob@panel.example", "reason": "the wrong line of their list"}
NOT_ATTACHED = "no purchase of this order is under an id that was given by hand and is not known there"


@pytest.fixture
def attached(order_of):
    """A purchase nobody knew about, which an operator has put under an id that is none."""
    order = order_of()
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, Unknown("it timed out"))
    mark_placed(order_id=order.pk, provider_order_id="4711", **WHO)
    return order.purchases.get()


def facts(purchase):
    purchase.refresh_from_db()
    return purchase.state, purchase.provider_order_id


def rows():
    return list(Order.objects.values()), list(Purchase.objects.values()), Event.objects.count()


def test_it_waits_for_a_decision_again_and_says_who_took_the_id_back(attached):
    order = detach(order_id=attached.order_id, **WHO)
    assert facts(attached) == ("unknown", None)
    assert (order.status, order.refunded) == ("processing", Decimal(0))
    told = Event.objects.get(kind="purchase.detached")
    assert (told.actor, told.reason) == ("bob@panel.example", "the wrong line of their list")
    assert told.data == {"purchases": [attached.pk], "provider_order": "4711"}


def test_it_is_decided_anew(attached, demo, buy, follow):
    detach(order_id=attached.order_id, **WHO)
    mark_placed(order_id=attached.order_id, provider_order_id="4712", **WHO)
    assert facts(attached) == ("placed", "4712")
    detach(order_id=attached.order_id, **WHO)
    resend(order_id=attached.order_id, **WHO)
    buy()
    follow()
    order = Order.objects.get()
    assert (order.status, order.refunded, len(demo.orders())) == ("completed", Decimal(0), 1)


def test_what_was_detached_can_be_refunded(attached):
    detach(order_id=attached.order_id, **WHO)
    order = mark_not_placed(order_id=attached.order_id, **WHO)
    assert (order.status, order.refunded) == ("failed", order.charge)


def test_the_id_is_free_for_the_purchase_it_belongs_to(attached, order_of):
    other = order_of()
    claimed = buying.claim([])
    assert claimed is not None
    detach(order_id=attached.order_id, **WHO)
    buying.record(claimed, Placed("4711"))
    assert facts(other.purchases.get()) == ("placed", "4711")


def test_refuses_once_the_provider_has_known_it(attached):
    following.learn(followed(attached), StatusNews("pending"))
    before = rows()
    with pytest.raises(CannotDecide, match=NOT_ATTACHED):
        detach(order_id=attached.order_id, **WHO)
    assert rows() == before


def test_refuses_what_becomes_known_while_it_is_decided(attached, monkeypatch):
    def found_and_then_known(order_id):
        found = wrongly_attached(order_id)
        following.learn(followed(attached), StatusNews("pending"))
        return found

    monkeypatch.setattr(deciding, "wrongly_attached", found_and_then_known)
    with pytest.raises(CannotDecide, match=NOT_ATTACHED):
        detach(order_id=attached.order_id, **WHO)
    assert facts(attached) == ("placed", "4711")
    assert not Event.objects.filter(kind="purchase.detached").exists()


def test_refuses_an_id_that_the_provider_gave_itself(order_of, buy):
    order = order_of()
    buy()
    assert order.purchases.get().state == "placed"
    before = rows()
    with pytest.raises(CannotDecide, match=NOT_ATTACHED):
        detach(order_id=order.pk, **WHO)
    assert rows() == before


def test_detaches_once(attached):
    detach(order_id=attached.order_id, **WHO)
    before = rows()
    with pytest.raises(CannotDecide, match=NOT_ATTACHED):
        detach(order_id=attached.order_id, **WHO)
    assert rows() == before


def test_refuses_without_a_reason(attached):
    before = rows()
    with pytest.raises(CannotDecide, match="say why"):
        detach(order_id=attached.order_id, actor="bob@panel.example", reason=" ")
    assert rows() == before


def test_of_several_runs_it_has_to_be_said_which(alice, upstream, sell):
    service = sell(at=upstream, dripfeed=True)
    params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "1000"}
    place(account_id=alice.id, params=params | {"runs": "2", "interval": "10"}, request_id="r-1")
    Purchase.objects.update(state="unknown")
    order = settle(Order.objects.get().pk)
    first, second = Purchase.objects.order_by("run")
    for number, each in enumerate((first, second), 1):
        mark_placed(order_id=order.pk, purchase_id=each.pk, provider_order_id=str(number), **WHO)
    before = rows()
    with pytest.raises(CannotDecide, match="several runs of this order have ids nobody knows"):
        detach(order_id=order.pk, **WHO)
    assert rows() == before
    detach(order_id=order.pk, purchase_id=second.pk, **WHO)
    assert (facts(first), facts(second)) == (("placed", "1"), ("unknown", None))


def test_a_call_that_ends_late_and_learnt_nothing_takes_no_id_back(order_of):
    order = order_of()
    claimed = buying.claim([])
    assert claimed is not None
    Purchase.objects.update(state="unknown")  # as the sweep does, while the call is still out
    mark_placed(order_id=order.pk, provider_order_id="4711", **WHO)
    buying.record(claimed, Unknown("it timed out"))
    assert facts(order.purchases.get()) == ("placed", "4711")


def test_what_is_said_of_the_old_id_is_not_taken_for_the_new_one(attached):
    look = followed(attached)
    detach(order_id=attached.order_id, **WHO)
    mark_placed(order_id=attached.order_id, provider_order_id="4712", **WHO)
    assert following.learn(look, StatusNews("canceled")) is False
    assert facts(attached) == ("placed", "4712")


def test_a_cancel_that_was_refused_under_the_wrong_id_is_asked_anew(attached, sell, alice):
    type(attached.order.service).objects.update(cancel=True)
    cancel(account_id=alice.id, sent=[str(attached.order_id)])
    Purchase.objects.update(cancel_due_at=None, cancel_sent_at=clock.now(), cancel_answer="Incorrect order ID")
    detach(order_id=attached.order_id, **WHO)
    attached.refresh_from_db()
    assert attached.cancel_due_at == attached.cancel_requested_at is not None
    assert (attached.cancel_sent_at, attached.cancel_answer) == (None, "")
