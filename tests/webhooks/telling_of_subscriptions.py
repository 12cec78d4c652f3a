"""Subscriptions and their posts: each post is told of as an order of its own, and the subscription with its posts."""

import orjson
import pytest

from kit import ids
from orders.models import Order, Post, Purchase
from orders.operations import following
from orders.operations.settling import settle
from providers.following import StatusNews
from tests.orders.conftest import _the_books_agree
from tests.orders.subscribed import followed, posts_service, say, size, take
from tests.webhooks.witness import witness
from webhooks.facts import MOST_POSTS
from webhooks.models import LARGEST_BODY, Delivery

__all__ = ["_the_books_agree", "posts_service", "witness"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def subscribe(post, alice, posts_service):
    """Subscribe through the API, for posts of 100 to 1000, and have the provider take it."""

    def send(person=alice, **params) -> Order:
        form = {"service": posts_service.pk, "username": "alice", "min": 100, "max": 1000, "delay": 0} | params
        answer = post(key=person.key, action="add", request_id="s-1", **form)
        assert answer.status == 200, answer.json
        take()
        return Order.objects.latest("id")

    return send


def named(heard, order, request_id=""):
    """Return what was told of this order, in turn, and hold that each names it and its request."""
    data = [each["data"] for each in heard.bodies if each["data"].get("order") == order.shown_id]
    assert {each["request_id"] for each in data} == {request_id}
    return [
        (each["type"], each["data"]["charge"], each["data"].get("refund"))
        for each in heard.bodies
        if each["data"].get("order") == order.shown_id
    ]


def test_a_subscription_and_each_of_its_posts(subscribe, alice, witness):
    heard = witness(alice)
    order = subscribe(posts=2)
    say(order, "active", "p1")
    size("p1", 1000)
    say(order, "active", "p1", "p2")
    size("p2", 500)
    first, second = Order.objects.filter(parent=order).order_by("id")
    following.learn(followed(Purchase.objects.get(order=first)), StatusNews("partial", remains=400, start_count=7))
    say(order, "completed", "p1", "p2")
    assert named(heard, order, "s-1") == [
        ("order.processing", "0.045", None),
        ("order.in_progress", "0.045", None),
        ("order.completed", "0.00", None),
    ]
    assert named(heard, first) == [
        ("order.processing", "0.90", None),
        ("order.partial", "0.54", None),
        ("order.refunded", "0.54", "0.36"),
    ]
    assert named(heard, second) == [("order.processing", "0.45", None)]
    posts = [each.shown_id for each in (first, second)]
    assert (heard.told("order.completed")["posts"], heard.told("order.completed")["orders"]) == ("2", posts)


def test_what_is_unused_goes_back_at_the_end(subscribe, alice, witness):
    heard = witness(alice)
    order = subscribe(posts=3)
    say(order, "canceled")
    assert named(heard, order, "s-1") == [
        ("order.processing", "0.045", None),
        ("order.canceled", "0.00", None),
        ("order.refunded", "0.00", "0.045"),
    ]
    assert heard.told("order.refunded")["balance"] == "100.00"


def test_one_that_is_paused_for_want_of_money_is_no_news_and_its_post_is_none_before_it_is_paid(
    subscribe, person, witness
):
    bob = person("bob", deposit="0.05")
    heard = witness(bob)
    order = subscribe(person=bob, posts=3)
    say(order, "active", "p1")
    size("p1", 1000)
    assert not Order.objects.filter(parent=order).exists()
    assert heard.kinds == ["order.processing", "order.in_progress"]
    settle(order.pk)
    assert len(heard.bodies) == 2


def post_charged(order):
    """Return a free post of the subscription, as it stands once it has been charged."""
    return Order(
        public_id=ids.new_id(),
        account_id=order.account_id,
        service_id=order.service_id,
        parent=order,
        type="Default",
        quantity=100,
        remains=100,
        rate=0,
        charge=0,
        created_at=order.created_at,
    )


def test_a_body_of_two_thousand_posts_is_under_twenty_kilobytes_and_names_the_latest(subscribe, alice, listen):
    order = subscribe(posts=5000)
    endpoint = listen(alice)
    children = Order.objects.bulk_create(post_charged(order) for _ in range(2000))
    purchase = Purchase.objects.get(order=order)
    Post.objects.bulk_create(
        Post(
            subscription_id=order.pk,
            purchase=purchase,
            provider_id=purchase.provider_id,
            provider_order_id=f"many-{child.pk}",
            state="charged",
            quantity=100,
            order=child,
            reported_at=order.created_at,
            due_at=order.created_at,
        )
        for child in children
    )
    say(order, "active")
    (body,) = Delivery.objects.filter(endpoint=endpoint).values_list("body", flat=True)
    assert len(body.encode()) < LARGEST_BODY
    data = orjson.loads(body)["data"]
    assert (data["status"], data["posts"], data["remains"]) == ("in_progress", "2000", "3000")
    assert data["orders"] == [each.shown_id for each in children[-MOST_POSTS:]]
