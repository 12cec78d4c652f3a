"""The operator's screen of subscriptions: what it shows, and how one is ended."""

from decimal import Decimal

import pytest
from django.urls import reverse

from events.models import Event
from orders.models import Order, Post
from tests.admin.conftest import state_of_things, text
from tests.orders.subscribed import balance, facts, posts_service, say, size, subscribe, subscription

__all__ = ["posts_service", "subscription"]
pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(person):
    """A reseller with one dollar."""
    return person("carol", deposit="1")


@pytest.fixture
def owing(subscription, carol):
    """carol's subscription, which owes its second post."""
    order = subscription(who=carol, posts=3)
    say(order, "active", "p1", "p2")
    size("p1", 1000)
    size("p2", 1000)
    return order


def page(order, button="change"):
    return f"/admin/orders/subscription/{order.pk}/{button}/"


def buttons(bobs, order):
    shown = text(bobs.get(page(order)))
    return [each for each in ("End…", "End and write off…") if each in shown]


def test_shows_its_posts_what_was_bought_and_what_happened(bobs, owing):
    shown = text(bobs.get(page(owing)))
    child = Order.objects.get(parent=owing)
    for words in ("p1", "p2", "charged", "owed", "the balance did not cover it", child.shown_id, "subscription.paused"):
        assert words in shown


def test_is_found_by_its_orders_id_its_owner_and_its_user(bobs, owing):
    at = reverse("admin:orders_subscription_changelist")
    for term in (owing.shown_id, str(owing.pk), "carol@example.com", "alice"):
        assert owing.shown_id in text(bobs.get(at, {"q": term}))
    assert owing.shown_id not in text(bobs.get(at, {"q": "nobody@example.com"}))


def test_ends_one_when_the_provider_has_stopped(bobs, subscription, alice):
    order = subscription(posts=3)
    assert buttons(bobs, order) == ["End…"]
    answer = bobs.post(page(order, "end"), {"reason": "asked by mail"}, follow=True)
    assert "It ends when the provider has stopped and every post is paid." in text(answer)
    asked = Event.objects.get(kind="subscription.cancel_requested")
    assert (asked.actor, asked.reason) == ("bob@panel.example", "asked by mail")
    assert facts(order)[1] == "processing"
    say(order, "canceled")
    assert facts(order)[:2] == ("canceled", "canceled")
    assert balance(alice) == 100
    assert buttons(bobs, order) == []


def test_ends_one_that_nothing_was_sent_of_at_once(bobs, alice, posts_service):
    order = subscribe(alice.id, posts_service, posts=3)
    answer = bobs.post(page(order, "end"), {"reason": "asked by mail"}, follow=True)
    assert "It has ended." in text(answer)
    assert facts(order)[:2] == ("canceled", "canceled")
    assert balance(alice) == 100


def test_writes_off_what_is_owed(bobs, owing, carol):
    assert buttons(bobs, owing) == ["End…", "End and write off…"]
    bobs.post(page(owing, "end-unpaid"), {"reason": "he is gone"})
    assert Post.objects.get(provider_order_id="p2").state == "written_off"
    say(owing, "canceled", "p1", "p2")
    assert facts(owing)[:2] == ("canceled", "canceled")
    assert balance(carol) == Decimal("0.10")


def test_one_that_has_ended_is_not_ended_again(bobs, subscription):
    order = subscription(posts=3)
    say(order, "completed")
    before = state_of_things()
    answer = bobs.post(page(order, "end"), {"reason": "again"})
    assert "This subscription has ended." in text(answer)
    assert state_of_things() == before
