"""Subscriptions end to end: the demo provider delivers posts, over HTTP, and each becomes an order and its money."""

import time
from decimal import Decimal

import pytest

import accounts.operations
from catalog.models import Source
from kit import clock
from orders import tasks
from orders.models import Order, Post, Purchase, Subscription
from tests.orders.subscribed import balance, facts, subscribe

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 20.0


@pytest.fixture
def posts_service(sell, upstream, demo):
    """A subscription service of the demo provider: 0.90 USD per 1000, posts of 10 to 1000."""
    demo.control(post_seconds=0.2, delivery_seconds=0.2)
    service = sell(at=upstream, remote_id="29", type="Subscriptions", min=10, max=1000, cancel=True)
    Source.objects.update(cost=Decimal("1.00"))
    return service


def work_until(happened):
    """Run every task as the clock does, everything being due at once, until something has happened."""
    deadline = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < deadline, "it never happened"
        now = clock.now()
        Purchase.objects.filter(state="placed").update(due_at=now)
        Post.objects.filter(state="reported").update(due_at=now)
        Purchase.objects.filter(cancel_due_at__isnull=False).update(cancel_due_at=now)
        for task in (tasks.buy_due, tasks.follow_due, tasks.measure_posts, tasks.cancel_due, tasks.go_on):
            task()


def ended():
    return not Order.objects.filter(ended_at=None).exists()


def sizes_at(demo):
    return [row["quantity"] for row in demo.orders() if row["parent"] is not None]


def test_every_post_is_bought_charged_and_delivered(posts_service, alice, demo):
    order = subscribe(alice.id, posts_service, posts=3, min=100, max=900)
    work_until(ended)
    assert facts(order) == ("completed", "completed", 0, 0)
    posts = list(Order.objects.filter(parent=order).order_by("id"))
    assert [each.quantity for each in posts] == sizes_at(demo)
    assert {each.status for each in posts} == {"completed"}
    assert balance(alice) == 100 - sum(each.charge for each in posts)
    assert [each.seen["basis"] for each in Post.objects.all()] == ["charge"] * 3
    (placed,) = (row for row in demo.orders() if row["parent"] is None)
    wanted = {"username": "alice", "min": "100", "max": "900", "posts": "3", "delay": "0"}
    assert {name: placed["params"][name] for name in wanted} == wanted


def test_is_paused_there_and_goes_on_there(posts_service, person, demo):
    bob = person("bob", deposit="1")
    order = subscribe(bob.id, posts_service, posts=3, min=1000, max=1000)
    work_until(lambda: Purchase.objects.filter(order=order, state="done").exists())
    assert facts(order)[:2] == ("paused", "in_progress")
    (there,) = (row for row in demo.orders() if row["parent"] is None)
    assert there["status"] == "Canceled"
    accounts.operations.deposit(account_id=bob.id, amount=Decimal(5), reference="five")
    work_until(ended)
    assert facts(order) == ("completed", "completed", 0, 0)
    assert Purchase.objects.filter(order=order).count() >= 2
    assert Order.objects.filter(parent=order).count() == 3
    assert len(sizes_at(demo)) == 3
    assert balance(bob) == 6 - Decimal("2.70")


def test_ends_when_its_day_is_over_there(posts_service, alice, demo):
    demo.control(post_seconds=3600)
    order = subscribe(alice.id, posts_service, expiry=clock.now().strftime("%d/%m/%Y"))
    work_until(lambda: facts(order)[1] == "in_progress")
    demo.control(days_ahead=1)
    work_until(ended)
    assert facts(order)[:3] == ("expired", "completed", 0)
    assert balance(alice) == 100


def test_cancelling_it_is_asked_of_the_provider_and_settled_by_its_word(posts_service, alice, post, demo):
    demo.control(post_seconds=3600)
    order = subscribe(alice.id, posts_service, posts=3)
    work_until(lambda: facts(order)[1] == "in_progress")
    assert post(key=alice.key, action="cancel", order=order.shown_id).json == {"cancel": order.shown_id}
    assert facts(order)[1] == "in_progress"
    work_until(ended)
    assert facts(order) == ("canceled", "canceled", 0, 3)
    assert balance(alice) == 100
    assert [row["status"] for row in demo.orders()] == ["Canceled"]


def test_a_post_that_the_provider_cancels_is_refunded_and_the_subscription_goes_on(posts_service, alice, demo):
    order = subscribe(alice.id, posts_service, posts=2, min=100, max=100)
    from orders.operations import following
    from providers.following import StatusNews
    from tests.orders.subscribed import followed

    def canceled() -> bool:
        """Cancel a post that has not ended: the demo delivers them quickly."""
        open_ones = Purchase.objects.filter(order__parent=order, state="placed").order_by("id")
        return any(following.learn(followed(each), StatusNews("canceled", remains=100)) for each in open_ones)

    work_until(canceled)
    assert Subscription.objects.get().state in {"active", "completed"}
    work_until(ended)
    kept = sum(each.charge - each.refunded for each in Order.objects.filter(parent=order))
    assert balance(alice) == 100 - kept
    assert kept < Decimal("0.18")
