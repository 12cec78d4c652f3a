"""The buttons of an order: they are there where something comes of them, and once is enough."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

import wallets.queries
from events.queries import history
from kit import clock
from orders.models import Order, Purchase, Refill
from tests.conftest import Person
from tests.dashboard.orders.conftest import PlaceFor

pytestmark = pytest.mark.django_db


def page_of(client: Client, order: Order) -> str:
    return client.get(f"/dashboard/orders/{order.shown_id}").content.decode()


def press(client: Client, order: Order, button: str) -> str:
    """Press it, and return the page that one comes to."""
    answer = client.post(f"/dashboard/orders/{order.shown_id}/{button}", follow=True)
    assert answer.redirect_chain == [(f"/dashboard/orders/{order.shown_id}", 303)]
    return str(answer.content.decode())


def buttons(client: Client, order: Order) -> list[str]:
    page = page_of(client, order)
    return [
        button for button in ("cancel", "refill") if f'action="/dashboard/orders/{order.shown_id}/{button}"' in page
    ]


def sent(order: Order) -> None:
    """Have it placed at its provider."""
    Purchase.objects.filter(order=order).update(state="placed", provider_order_id="77", claimed_at=clock.now())
    Order.objects.filter(pk=order.pk).update(status="in_progress")


def delivered(order: Order) -> None:
    Purchase.objects.filter(order=order).update(
        state="done", reported="completed", provider_order_id="77", claimed_at=clock.now(), remains=0
    )
    Order.objects.filter(pk=order.pk).update(status="completed", remains=0, ended_at=clock.now())


def test_what_is_not_sent_is_cancelled_at_once(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice)
    assert buttons(alices, order) == ["cancel"]
    assert "The order is canceled." in press(alices, order, "cancel")
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("canceled", Decimal("0.90"))
    assert wallets.queries.balance_from_database(alice.id) == 100
    assert history("order", order.pk).get(kind="order.cancel_requested").actor == "alice@example.com"
    assert buttons(alices, order) == []


def test_cancelling_twice_does_no_more_than_once(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice)
    press(alices, order, "cancel")
    assert "The order is canceled." in press(alices, order, "cancel")
    assert wallets.queries.balance_from_database(alice.id) == 100


def test_what_is_under_way_is_asked_about(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice, cancel=True)
    sent(order)
    assert buttons(alices, order) == ["cancel"]
    page = press(alices, order, "cancel")
    assert "Canceling is asked for. The order shows what comes of it." in page
    assert "Canceling is asked for. This page shows what comes of it." in page_of(alices, order)
    assert buttons(alices, order) == []
    assert Purchase.objects.get(order=order).cancel_requested_at is not None
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("in_progress", Decimal(0))


def test_what_cannot_be_stopped_has_no_button_and_says_so(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice, cancel=False)
    sent(order)
    assert buttons(alices, order) == []
    page = press(alices, order, "cancel")
    assert "This order cannot be canceled: it has ended, or is under way and cannot be stopped." in page
    assert Purchase.objects.get(order=order).cancel_requested_at is None


def test_a_delivered_order_is_refilled(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice, refill=True)
    assert buttons(alices, order) == ["cancel"]
    delivered(order)
    assert buttons(alices, order) == ["refill"]
    assert "The refill is asked for. The order shows what comes of it." in press(alices, order, "refill")
    refill = Refill.objects.get(order=order)
    assert refill.shown_id in page_of(alices, order)
    assert history("refill", refill.pk)[0].actor == "alice@example.com"
    assert buttons(alices, order) == []


def test_asking_for_a_refill_twice_asks_once(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice, refill=True)
    delivered(order)
    press(alices, order, "refill")
    assert "A refill of this order is pending already." in press(alices, order, "refill")
    assert Refill.objects.count() == 1


REFUSED = [
    ({"refill": False}, {}, "This service does not refill."),
    ({"refill": True}, {"status": "canceled"}, "Only what has been delivered can be refilled."),
    (
        {"refill": True, "refill_days": 30},
        {"ended_at": datetime(2020, 1, 1, tzinfo=UTC)},
        "The time for refills of this order is over.",
    ),
]


@pytest.mark.parametrize(("service", "changes", "says"), REFUSED, ids=[says for *_, says in REFUSED])
def test_what_is_not_refilled_has_no_button_and_says_why(
    alices: Client, alice: Person, order_for: PlaceFor, service: dict[str, Any], changes: dict[str, Any], says: str
) -> None:
    order = order_for(alice, **service)
    delivered(order)
    Order.objects.filter(pk=order.pk).update(**changes)
    assert buttons(alices, order) == []
    assert says in press(alices, order, "refill")
    assert not Refill.objects.exists()


def test_no_more_refills_than_there_may_be(alices: Client, alice: Person, order_for: PlaceFor, settings) -> None:
    settings.MOST_REFILLS = 0
    order = order_for(alice, refill=True)
    delivered(order)
    assert "This order has been refilled as often as it may be." in page_of(alices, order)
    assert buttons(alices, order) == []


@pytest.mark.parametrize("button", ["cancel", "refill"])
def test_following_a_link_presses_nothing(alices: Client, alice: Person, order_for: PlaceFor, button: str) -> None:
    order = order_for(alice)
    assert alices.get(f"/dashboard/orders/{order.shown_id}/{button}").status_code == 405
    order.refresh_from_db()
    assert order.status == "pending"


@pytest.mark.parametrize("button", ["cancel", "refill"])
def test_another_site_presses_nothing(alice: Person, order_for: PlaceFor, button: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(alice.user)
    order = order_for(alice)
    assert strict.post(f"/dashboard/orders/{order.shown_id}/{button}").status_code == 403
    order.refresh_from_db()
    assert order.status == "pending"
