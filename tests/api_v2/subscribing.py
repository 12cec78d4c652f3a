"""What `status` says of a subscription, word for word, alone and in a batch."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Order
from tests.orders.subscribed import posts_service, say, size, subscribe, subscription

__all__ = ["posts_service", "subscription"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_adding_one_answers_as_any_add(post, alice, posts_service):
    form = {"service": posts_service.pk, "username": "alice", "min": 100, "max": 1000, "delay": 0, "posts": 2}
    answer = post(key=alice.key, action="add", request_id="r-1", **form)
    order = Order.objects.get()
    assert (answer.status, answer.json) == (200, {"order": order.shown_id})
    assert (order.charge, order.type) == (Decimal("0.045"), "Subscriptions")
    again = post(key=alice.key, action="add", request_id="r-1", **form)
    assert again.json == answer.json
    assert Order.objects.count() == 1


@pytest.mark.parametrize("missing", ["username", "min", "max", "delay"])
def test_adding_one_needs(missing, post, alice, posts_service):
    form = {"service": posts_service.pk, "username": "alice", "min": 100, "max": 1000, "delay": 0}
    form.pop(missing)
    answer = post(key=alice.key, action="add", request_id="r-1", **form)
    assert (answer.status, answer.json) == (400, {"error": f"Missing required parameter: {missing}"})
    assert not Order.objects.exists()


def test_a_fresh_one_has_no_posts(post, alice, posts_service):
    order = subscribe(alice.id, posts_service, posts=3)
    answer = post(key=alice.key, action="status", order=order.shown_id)
    assert (answer.status, answer.json) == (
        200,
        {
            "status": "pending",
            "charge": "0.045",
            "start_count": "0",
            "remains": "3",
            "currency": "USD",
            "posts": "0",
            "orders": [],
        },
    )


def test_shows_its_posts_and_the_orders_of_those_charged(post, alice, subscription):
    order = subscription(posts=3)
    say(order, "active", "p1", "p2")
    size("p1", 500)
    (child,) = Order.objects.filter(parent=order)
    assert post(key=alice.key, action="status", order=str(order.pk)).json == {
        "status": "in_progress",
        "charge": "0.00",
        "start_count": "0",
        "remains": "1",
        "currency": "USD",
        "posts": "2",
        "orders": [child.shown_id],
    }
    assert post(key=alice.key, action="status", order=child.shown_id).json == {
        "status": "processing",
        "charge": "0.45",
        "start_count": "0",
        "remains": "500",
        "currency": "USD",
    }


@pytest.mark.parametrize(
    ("word", "status"),
    [("paused", "in_progress"), ("completed", "completed"), ("expired", "completed"), ("canceled", "canceled")],
)
def test_calls_its_state(word, status, post, alice, subscription):
    order = subscription()
    say(order, word)
    answer = post(key=alice.key, action="status", order=order.shown_id).json
    assert (answer["status"], answer["remains"], answer["posts"]) == (status, "0", "0")


def test_one_that_is_paused_for_want_of_money_is_in_progress(post, person, subscription):
    bob = person("bob", deposit="1")
    order = subscription(who=bob, posts=3)
    say(order, "active", "p1")
    size("p1", 1000)
    assert post(key=bob.key, action="status", order=order.shown_id).json["status"] == "in_progress"


def test_is_nobody_elses(post, bob, subscription):
    order = subscription(posts=3)
    answer = post(key=bob.key, action="status", order=order.shown_id)
    assert (answer.status, answer.json) == (400, {"error": "Order not found"})


@pytest.mark.parametrize("count", [1, 20])
def test_a_batch_costs_two_statements_however_many_there_are(count, post, alice, posts_service, service):
    orders = [subscribe(alice.id, posts_service, posts=3) for _ in range(count)]
    post(key=alice.key, action="balance")
    with CaptureQueriesContext(
        connection,
    ) as spent:
        answer = post(key=alice.key, action="status", orders=",".join(each.shown_id for each in orders))
    assert set(answer.json) == {each.shown_id for each in orders}
    assert {row["posts"] for row in answer.json.values()} == {"0"}
    assert len(spent) == 2
