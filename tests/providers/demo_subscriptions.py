"""The demo provider's subscriptions: posts come, are ordinary orders, and are paid for, until they end."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from providers.cancelling import Canceling, NotCancelable
from providers.demo.running import DemoProvider
from providers.outcomes import Placed
from providers.subscriptions import SubscriptionNews
from tests.providers.at_the_demo import client, order, status_of, until


def seen(demo: DemoProvider, number: str = "1") -> SubscriptionNews:
    """Return what it says of a subscription."""
    news = status_of(demo, number).subscription
    assert news is not None
    return news


def test_waits_for_posts_and_costs_nothing(demo: DemoProvider) -> None:
    demo.control(post_seconds=3600)
    assert order(demo, 29) == Placed("1", '{"order": 1}')
    assert seen(demo) == SubscriptionNews("active", 0, (), None)
    assert client(demo).balance() == (Decimal(1_000_000), "USD")


def test_orders_each_post_for_a_quantity_within_its_bounds_until_all_have_come(demo: DemoProvider) -> None:
    demo.control(post_seconds=0.05, delivery_seconds=0)
    order(demo, 29, expiry="31/12/2099")
    until(lambda: seen(demo).state == "completed")
    assert seen(demo) == SubscriptionNews("completed", 3, ("2", "3", "4"), date(2099, 12, 31))
    subscription, *posts = demo.orders()
    assert subscription["posts"] == [2, 3, 4]
    assert [row["parent"] for row in posts] == [1, 1, 1]
    assert all(50 <= row["quantity"] <= 90 for row in posts)
    assert len({row["link"] for row in posts}) == 3
    assert status_of(demo, "2").status == "completed"
    charges = [Decimal(row["charge"]) for row in posts]
    assert charges == [Decimal(row["quantity"]) / 1000 for row in posts]
    assert client(demo).balance()[0] == Decimal(1_000_000) - sum(charges)


def test_the_same_post_has_the_same_quantity_every_time(demo: DemoProvider) -> None:
    demo.control(post_seconds=0)
    for _ in range(2):
        order(demo, 29)
    quantities = [[row["quantity"] for row in demo.orders() if row["parent"] == parent] for parent in (1, 2)]
    assert len(quantities[0]) == 3
    assert quantities[0] == quantities[1]


def test_old_posts_are_there_at_once_and_count_with_the_new_ones(demo: DemoProvider) -> None:
    demo.control(post_seconds=3600)
    order(demo, 29, old_posts="2", posts="1")
    assert (seen(demo).state, seen(demo).posts) == ("active", 2)
    order(demo, 29, old_posts="2", posts=None)
    assert (seen(demo, "4").state, seen(demo, "4").posts) == ("active", 2)


def test_a_post_is_ordered_only_after_the_delay(demo: DemoProvider) -> None:
    demo.control(post_seconds=0, minute_seconds=3600)
    order(demo, 29, delay="5")
    assert seen(demo).posts == 0


def test_expires_on_the_day_after_its_last(demo: DemoProvider) -> None:
    demo.control(post_seconds=3600)
    order(demo, 29, expiry="31/12/2030", posts=None)
    assert seen(demo).state == "active"
    demo.control(days_ahead=36_500)
    assert seen(demo) == SubscriptionNews("expired", 0, (), date(2030, 12, 31))
    assert client(demo).cancel(["1"]) == {"1": NotCancelable("Order cannot be canceled")}


def test_a_cancelled_one_hears_of_no_more_posts(demo: DemoProvider) -> None:
    demo.control(post_seconds=0.05)
    order(demo, 29, posts="500")
    until(lambda: (seen(demo).posts or 0) >= 1)
    assert client(demo).cancel(["1"]) == {"1": Canceling()}
    posts = seen(demo).orders
    assert seen(demo).state == "canceled"
    until(lambda: status_of(demo, posts[-1]).status == "completed")
    assert seen(demo).orders == posts


def test_pauses_after_a_post_where_it_was_told_to(demo: DemoProvider) -> None:
    demo.control(post_seconds=0)
    order(demo, 126)
    assert seen(demo) == SubscriptionNews("paused", 1, ("2",), None)


def test_pauses_while_the_balance_does_not_cover_a_post(demo: DemoProvider) -> None:
    demo.control(post_seconds=0, balance="0")
    order(demo, 29)
    assert seen(demo) == SubscriptionNews("paused", 0, (), None)
    demo.control(balance="5")
    assert seen(demo).state == "completed"


def test_outlives_a_restart_with_its_posts(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    with DemoProvider(state=state) as demo:
        demo.control(post_seconds=3600)
        order(demo, 29, old_posts="2")
        before = seen(demo)
        rows = demo.orders()
    with DemoProvider(state=state) as demo:
        assert seen(demo) == before
        assert [row["order"] for row in demo.orders()] == [row["order"] for row in rows] == [1, 2, 3]
        assert client(demo).balance()[0] == Decimal(1_000_000) - sum(Decimal(row["charge"]) for row in rows)


def test_is_spelled_oddly_and_still_understood(demo: DemoProvider) -> None:
    demo.control(post_seconds=3600, next=["odd_spelling"])
    order(demo, 29, old_posts="2")
    assert seen(demo) == SubscriptionNews("active", 2, ("2", "3"), None)
