"""What comes at the end, or late, or from a panel with habits of its own, and what must not get lost by it."""

import threading
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection

import accounts.operations
from orders import tasks
from orders.models import Post, Purchase
from orders.operations import buying, deciding, following, moving
from orders.operations.cancelling import Canceled, cancel
from providers.following import StatusNews, news
from providers.outcomes import Outcome, Placed, Refused, Unknown
from tests.orders.sources import place_in_runs, second, second_demo, service
from tests.orders.subscribed import facts, followed, posts_service, say, size, subscription
from tests.racing import at_once
from tests.waiting import wait_until

__all__ = ["posts_service", "second", "second_demo", "service", "subscription"]
pytestmark = pytest.mark.django_db(transaction=True)


def hear(outcome: Outcome) -> None:
    """The next purchase is sent, and this comes of it."""
    claimed = buying.claim([])
    assert claimed is not None
    buying.record(claimed, outcome)


def said_of(answer: dict[str, object]) -> StatusNews:
    told = news(answer)
    assert isinstance(told, StatusNews)
    return told


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def test_a_last_word_with_more_posts_than_a_look_takes_in_loses_none(subscription):
    order = subscription(min=50, max=50)
    posts = [f"p{number}" for number in range(250)]
    for charged in (100, 200, 250):
        assert say(order, "completed", *posts)
        assert Post.objects.filter(state="charged").count() == charged
    assert facts(order)[:2] == ("completed", "completed")


def test_a_paused_subscription_that_ended_as_partial_goes_on(subscription, person):
    bob = person("bob", deposit="1")
    order = subscription(who=bob, posts=3)
    say(order, "active", "p1")
    size("p1", 1000)
    assert facts(order)[0] == "paused"
    following.learn(followed(order.purchases.get()), said_of({"status": "Partial", "remains": "2"}))
    accounts.operations.deposit(account_id=bob.id, amount=Decimal(50), reference="more")
    assert tasks.go_on() == 1
    assert list(order.purchases.values_list("run", "state")) == [(1, "done"), (2, "queued")]


@pytest.mark.parametrize(("said", "status"), [("Completed", "completed"), ("Partial", "partial")])
def test_an_order_answered_with_a_subscriptions_members_is_an_order(order_of, said, status):
    order = order_of()
    hear(Placed("77"))
    answer = {"status": said, "remains": "10", "expiry": None, "posts": "0", "orders": []}
    following.learn(followed(order.purchases.get()), said_of(answer))
    order.refresh_from_db()
    assert order.status == status


@pytest.mark.parametrize(("answer", "cost"), [({}, "0"), ({"charge": "0.2"}, "0.2")])
def test_what_is_cancelled_cost_what_the_provider_says_or_nothing(order_of, answer, cost):
    order = order_of()
    hear(Placed("78"))
    following.learn(followed(order.purchases.get()), said_of({"status": "Canceled"} | answer))
    assert order.purchases.get().cost == Decimal(cost)


def test_what_its_owner_cancelled_is_not_sent_again(order_of, sell, upstream, alice):
    order = order_of(service=sell(at=upstream, cancel=True))
    hear(Unknown("it timed out"))
    cancel(account_id=alice.id, sent=[str(order.pk)])
    with pytest.raises(deciding.CannotDecide, match="asked to cancel"):
        deciding.resend(order_id=order.pk, actor="op", reason="it is not there")
    assert order.purchases.get().state == "unknown"


@pytest.mark.parametrize("outcome", [Refused("Bad link", "x"), Unknown("it timed out")])
def test_a_cancel_that_was_accepted_stays_accepted(order_of, sell, upstream, alice, outcome):
    order = order_of(service=sell(at=upstream, cancel=True))
    claimed = buying.claim([])
    assert claimed is not None
    assert isinstance(cancel(account_id=alice.id, sent=[str(order.pk)])[str(order.pk)], Canceled)
    buying.record(claimed, outcome)
    if isinstance(outcome, Unknown):
        deciding.mark_not_placed(order_id=order.pk, actor="op", reason="it is not there")
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("failed", order.charge)
    assert isinstance(cancel(account_id=alice.id, sent=[str(order.pk)])[str(order.pk)], Canceled)


def test_what_is_given_up_is_given_up_whole(service, alice):
    type(service).objects.filter(pk=service.pk).update(dripfeed=True)
    order = place_in_runs(alice, service, runs=3)
    assert buying.claim([]) is not None
    with pytest.raises(deciding.CannotDecide, match="is being sent"):
        deciding.cancel_and_refund(order_id=order.pk, actor="op", reason="wrong")
    assert list(order.purchases.values_list("state", flat=True)) == ["submitting", "queued", "queued"]


def test_the_operator_and_the_owner_at_once_do_not_wait_for_each_other(service, alice, monkeypatch):
    type(service).objects.filter(pk=service.pk).update(dripfeed=True, cancel=True)
    order = place_in_runs(alice, service, runs=2)
    hear(Refused("Bad link", "x"))  # run 1's second attempt has the highest id
    began = threading.Event()

    def slowly(*args, **fields):
        moved = moving.move(*args, **fields)
        if not began.is_set():
            began.set()
            wait_until(somebody_waits, "the owner never met the operator's lock")
        return moved

    def owner():
        began.wait(10)
        return cancel(account_id=alice.id, sent=[str(order.pk)])

    monkeypatch.setattr(deciding, "move", slowly)
    outcomes = at_once(partial(deciding.cancel_and_refund, order_id=order.pk, actor="op", reason="x"), owner)
    assert not [each for each in outcomes if isinstance(each, Exception)]
    assert not Purchase.objects.filter(order=order, state="queued").exists()
