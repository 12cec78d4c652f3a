"""Two who learn of the same post at once make one order of it and charge it once."""

import threading
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection

from orders import tasks
from orders.models import Order, Post, Purchase
from orders.operations.subscriptions import measuring
from orders.operations.subscriptions.charging import charge_posts
from orders.operations.subscriptions.going_on import go_on
from orders.operations.subscriptions.hearing import hear
from orders.operations.subscriptions.holding import hold
from providers.following import StatusNews
from providers.subscriptions import SubscriptionNews
from tests.orders.subscribed import balance, posts_service, say, size, subscription
from tests.racing import PATIENCE, at_once

__all__ = ["posts_service", "subscription"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_with_the_guard_off_eight_followers_note_one_post_eight_times(subscription):
    """The control: look, and then write, as without the order's lock and the index."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded (name text)")
    everyone_has_looked = threading.Barrier(8)

    def note_unguarded():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded WHERE name = 'p1'")
            (known,) = cursor.fetchone()
            everyone_has_looked.wait(PATIENCE)
            if not known:
                cursor.execute("INSERT INTO unguarded VALUES ('p1')")

    try:
        assert at_once(*[note_unguarded] * 8) == [None] * 8
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded")
            assert cursor.fetchone() == (8,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded")


def test_eight_followers_of_one_post_charge_it_once(subscription, alice):
    order = subscription(min=500, max=500, posts=3)
    news = SubscriptionNews("active", 2, ("p1", "p2"))
    purchase = Purchase.objects.get(order=order)
    told = at_once(*[partial(hear, purchase_id=purchase.pk, news=news)] * 8)
    assert sorted(told) == [False] * 7 + [True]
    assert sorted(Post.objects.values_list("provider_order_id", "state")) == [("p1", "charged"), ("p2", "charged")]
    assert Order.objects.filter(parent=order).count() == 2
    assert balance(alice) == 100 - Decimal("0.90")


def test_eight_that_measure_one_post_charge_it_once(subscription, alice):
    order = subscription(posts=3)
    say(order, "active", "p1")
    post = Post.objects.get()
    news = StatusNews("in_progress", charge=Decimal("0.25"))
    told = at_once(*[partial(measuring.measure, order_id=order.pk, post_id=post.pk, news=news)] * 8)
    assert sorted(told) == [False] * 7 + [True]
    assert Order.objects.get(parent=order).quantity == 500
    assert balance(alice) == 100 - Decimal("0.45")


def test_a_subscription_goes_on_once_however_many_sweep(subscription, person):
    bob = person("bob", deposit="1")
    order = subscription(who=bob, posts=3)
    say(order, "active", "p1")
    size("p1", 1000)
    say(order, "canceled", "p1")
    from accounts.operations import deposit

    deposit(account_id=bob.id, amount=Decimal(5), reference="more")
    told = at_once(*[partial(go_on, order_id=order.pk)] * 8)
    assert sorted(told) == [False] * 7 + [True]
    assert Purchase.objects.filter(order=order).count() == 2
    assert tasks.go_on() == 0


def test_a_post_and_a_cancel_at_once_lose_no_money(subscription, alice):
    """Whichever comes first, the post is charged once and the rest of the first money goes back once."""
    from orders.operations import cancelling

    for _ in range(4):
        order = subscription(min=500, max=500, posts=3)
        purchase = Purchase.objects.get(order=order)
        name = f"post-{order.pk}"
        calls: list[Callable[[], Any]] = [
            partial(hear, purchase_id=purchase.pk, news=SubscriptionNews("active", 1, (name,))),
            partial(cancelling.cancel, account_id=alice.id, sent=[str(order.pk)]),
            partial(hear, purchase_id=purchase.pk, news=SubscriptionNews("canceled", 1, (name,))),
        ]
        assert not [each for each in at_once(*calls) if isinstance(each, Exception)]
        order.refresh_from_db()
        assert (order.status, order.refunded) == ("canceled", order.charge)
        assert Order.objects.get(parent=order).charge == Decimal("0.45")
    assert balance(alice) == 100 - 4 * Decimal("0.45")


def test_the_database_refuses_a_post_that_is_there_already(subscription):
    from tests.breaking import refused_by

    order = subscription(posts=3)
    say(order, "active", "p1")
    with refused_by("post_unique_at_provider"):
        known = Post.objects.get()
        known.pk = None
        known.save(force_insert=True)
    assert charge_posts_of(order) == 0


def charge_posts_of(order: Order) -> int:
    from django.db import transaction

    with transaction.atomic():
        held = hold(order.pk)
        assert held is not None
        return charge_posts(held)


@pytest.mark.parametrize(
    ("table", "change", "rule"),
    [
        ("orders_subscription", "state = 'lost'", "subscription_state_valid"),
        ("orders_subscription", "min = 2000", "subscription_min_not_above_max"),
        ("orders_subscription", "needs = -1", "subscription_needs_not_negative"),
        ("orders_post", "state = 'lost'", "post_state_valid"),
        ("orders_post", "state = 'charged', quantity = 5", "post_charged_is_an_order"),
        ("orders_post", "state = 'owed'", "post_charged_by_a_quantity"),
        ("orders_post", "order_id = 1", "post_charged_is_an_order"),
    ],
)
def test_the_database_refuses(table, change, rule, subscription):
    from tests.breaking import refused_by

    order = subscription(posts=3)
    say(order, "active", "p1")
    with refused_by(rule), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")
    assert Post.objects.get().state == "reported"
