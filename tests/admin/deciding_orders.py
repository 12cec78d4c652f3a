"""The decisions about an order, taken in the admin."""

from decimal import Decimal

import pytest

import wallets.queries
from events.models import Event
from kit import clock
from orders.models import Order, Purchase
from tests.admin.conftest import state_of_things, text

pytestmark = pytest.mark.django_db


def page(order, button):
    return f"/admin/orders/order/{order.pk}/{button}/"


def buttons(bobs, order):
    shown = text(bobs.get(f"/admin/orders/order/{order.pk}/change/"))
    return [
        button
        for button in ("Mark as placed…", "Resend…", "Mark as not placed…", "Cancel and refund…")
        if button in shown
    ]


def test_cancels_and_refunds_an_order_that_waits(bobs, ordered, alice):
    order = ordered()
    assert buttons(bobs, order) == ["Cancel and refund…"]

    answer = bobs.post(page(order, "cancel"), {"reason": "asked by mail"}, follow=True)

    assert f"It is given up. Order {order.pk} is canceled now; refunded 0.90 USD in all." in text(answer)
    assert wallets.queries.balance_from_database(alice.id) == Decimal(100)
    event = Event.objects.get(kind="order.canceled")
    assert (event.actor, event.reason) == ("bob@panel.example", "asked by mail")
    assert f"order:{order.pk}:refund:0.90" in text(answer)
    assert buttons(bobs, order) == []


def test_resends_an_unknown_purchase_as_a_new_attempt(bobs, ordered, alice):
    order = ordered(state="unknown")
    assert buttons(bobs, order) == ["Mark as placed…", "Resend…", "Mark as not placed…", "Cancel and refund…"]

    answer = bobs.post(page(order, "resend"), {"reason": "not on their list"}, follow=True)

    assert f"It is sent once more. Order {order.pk} is pending now; refunded 0.00 USD in all." in text(answer)
    assert list(Purchase.objects.order_by("attempt").values_list("attempt", "state")) == [(1, "refused"), (2, "queued")]
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")
    assert buttons(bobs, order) == ["Cancel and refund…"]


def test_resending_twice_sends_once(bobs, ordered):
    order = ordered(state="unknown")
    bobs.post(page(order, "resend"), {"reason": "not on their list"})
    before = state_of_things()

    answer = bobs.post(page(order, "resend"), {"reason": "not on their list"})

    assert "No purchase of this order is unknown." in text(answer)
    assert state_of_things() == before


def test_marks_as_placed_and_follows_it(bobs, ordered, alice):
    order = ordered(state="unknown")
    given = {"provider_order_id": " 4711 ", "reason": "it is on their list", "all_the_same": "on"}

    answer = bobs.post(page(order, "placed"), given, follow=True)

    assert f"It is followed from here on. Order {order.pk} is processing now" in text(answer)
    purchase = Purchase.objects.get()
    assert (purchase.state, purchase.provider_order_id) == ("placed", "4711")
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")
    event = Event.objects.get(kind="purchase.placed")
    assert (event.actor, event.reason, event.data["provider_order"]) == (
        "bob@panel.example",
        "it is on their list",
        "4711",
    )


def test_refuses_an_id_that_another_purchase_has(bobs, ordered):
    order = ordered(state="unknown")
    given = {"provider_order_id": "4711", "reason": "it is on their list", "all_the_same": "on"}
    bobs.post(page(order, "placed"), given)
    other = ordered(state="unknown")
    before = state_of_things()
    answer = bobs.post(page(other, "placed"), given)
    assert "Another purchase has the id 4711 at this provider." in text(answer)
    assert state_of_things() == before


def test_marks_as_not_placed(bobs, ordered, alice):
    order = ordered(state="unknown")
    answer = bobs.post(page(order, "not-placed"), {"reason": "they never got it"}, follow=True)
    assert f"It failed and is refunded. Order {order.pk} is failed now; refunded 0.90 USD in all." in text(answer)
    assert wallets.queries.balance_from_database(alice.id) == Decimal(100)


@pytest.mark.parametrize("button", ["resend", "not-placed", "cancel"])
def test_refuses_a_decision_without_a_reason(bobs, ordered, button):
    order = ordered(state="unknown")
    before = state_of_things()
    assert "This field is required." in text(bobs.post(page(order, button), {"reason": " "}))
    assert state_of_things() == before


@pytest.mark.parametrize("button", ["resend", "not-placed"])
def test_refuses_to_decide_what_is_known(bobs, ordered, button):
    order = ordered()
    before = state_of_things()
    assert "No purchase of this order is unknown." in text(bobs.post(page(order, button), {"reason": "x"}))
    assert state_of_things() == before


def test_refuses_to_cancel_what_is_being_sent_at_this_moment(bobs, ordered):
    order = ordered()
    Purchase.objects.update(state="submitting", claimed_at=clock.now())
    before = state_of_things()
    answer = bobs.post(page(order, "cancel"), {"reason": "x"})
    assert "This order has ended, or is being sent at this moment: look again in a minute." in text(answer)
    assert state_of_things() == before


def test_looking_at_the_question_decides_nothing(bobs, ordered):
    order = ordered(state="unknown")
    before = state_of_things()
    for button in ("resend", "not-placed", "cancel"):
        assert f": {order.shown_id}" in text(bobs.get(page(order, button)))
        assert bobs.get(f"/admin/orders/order/999999/{button}/").status_code == 404
    assert state_of_things() == before


def test_a_reseller_decides_nothing(client, ordered, alice):
    order = ordered(state="unknown")
    client.force_login(alice.user)
    before = state_of_things()
    for button in ("resend", "not-placed", "cancel"):
        assert client.post(page(order, button), {"reason": "x"})["Location"].startswith("/admin/login/")
    assert state_of_things() == before
    assert Order.objects.get().status == "processing"
