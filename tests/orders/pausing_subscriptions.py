"""A subscription the balance no longer covers is paused upstream, and goes on when it is covered again."""

import itertools
from datetime import date
from decimal import Decimal

import pytest

import accounts.operations
from events.models import Event
from orders import tasks
from orders.forwarding import parameters
from orders.models import Order, Post, Purchase, Subscription
from orders.operations import CannotDecide, cancel_and_refund, cancelling
from orders.operations.subscriptions.ending import CannotEnd, end, end_unpaid
from tests.orders.subscribed import at, balance, facts, posts_service, say, size, subscription, take

__all__ = ["posts_service", "subscription"]
pytestmark = pytest.mark.django_db(transaction=True)
numbers = itertools.count(1)
FIRST = Decimal("0.045")


@pytest.fixture
def poor(person):
    """bob, who has one dollar."""
    return person("bob", deposit="1")


@pytest.fixture
def paused(subscription, poor):
    """A subscription of bob's for three posts, paused after the first: 0.10 are left of his dollar."""
    order = subscription(who=poor, posts=3, expiry="31/12/2099")
    say(order, "active", "p1")
    size("p1", 1000)
    assert facts(order)[:2] == ("paused", "in_progress")
    return order


def deposit(person, amount):
    accounts.operations.deposit(account_id=person.id, amount=Decimal(amount), reference=f"more-{next(numbers)}")


def live(order):
    return Purchase.objects.filter(order=order).order_by("-run", "-attempt")[0]


def refuse_the_cancel(order):
    Purchase.objects.filter(order=order).update(cancel_due_at=None, cancel_answer="it does not cancel")


def test_asks_the_provider_to_stop_and_tells_its_owner(paused, poor):
    asked = live(paused)
    assert asked.cancel_requested_at is not None
    assert asked.cancel_due_at is not None
    told = Event.objects.get(kind="subscription.paused")
    assert (told.account_id, told.subject_id, told.data["needs"]) == (poor.id, paused.pk, "0.90")
    assert balance(poor) == Decimal("0.10")


def test_giving_it_up_says_where_a_paused_one_is_ended_once_the_provider_has_stopped(paused, poor):
    say(paused, "canceled", "p1")
    before = (facts(paused), balance(poor), live(paused).state)
    with pytest.raises(CannotDecide, match=r"end it on its own page \(Subscriptions, then End…\)"):
        cancel_and_refund(order_id=paused.pk, actor="bob@panel.example", reason="asked")
    assert (facts(paused), balance(poor), live(paused).state) == before
    assert end(order_id=paused.pk, actor="bob@panel.example", reason="asked").status == "canceled"
    with pytest.raises(CannotDecide, match="this order has ended"):
        cancel_and_refund(order_id=paused.pk, actor="bob@panel.example", reason="asked")


def test_goes_on_with_the_rest_when_a_post_at_its_max_is_covered(paused, poor):
    say(paused, "canceled", "p1")
    assert facts(paused)[:2] == ("paused", "in_progress")
    assert tasks.go_on() == 0
    deposit(poor, "0.79")
    assert tasks.go_on() == 0
    deposit(poor, "0.01")
    assert tasks.go_on() == 1
    assert tasks.go_on() == 0
    assert facts(paused)[:2] == ("active", "in_progress")
    rest = live(paused)
    assert (rest.run, rest.state, rest.quantity) == (2, "queued", 2)
    sent = parameters(rest)
    assert {name: sent[name] for name in ("posts", "expiry", "min", "max", "delay", "username")} == {
        "posts": "2", "expiry": "31/12/2099", "min": "100", "max": "1000", "delay": "0", "username": "alice",
    }  # fmt: skip
    assert "old_posts" not in sent
    take()
    say(paused, "completed", "p2", "p3")
    size("p2", 100)
    size("p3", 100)
    assert facts(paused) == ("completed", "completed", 0, 0)
    assert balance(poor) == Decimal("0.72")


def test_does_not_go_on_before_the_provider_has_stopped(paused, poor):
    deposit(poor, "50")
    assert tasks.go_on() == 0
    assert facts(paused)[0] == "paused"
    assert Purchase.objects.filter(order=paused).count() == 1


def test_goes_on_as_it_is_where_the_provider_did_not_stop(paused, poor):
    refuse_the_cancel(paused)
    deposit(poor, "50")
    assert tasks.go_on() == 1
    assert facts(paused)[0] == "active"
    known = live(paused)
    assert (known.run, known.cancel_requested_at, known.cancel_answer) == (1, None, "")


def test_a_post_the_balance_does_not_cover_is_owed_and_no_order_until_it_does(subscription, poor):
    order = subscription(who=poor, posts=3)
    say(order, "active", "p1", "p2")
    size("p2", 1000)  # the first that is known is the first: 0.045 of it are paid
    size("p1", 200)
    assert Post.objects.get(provider_order_id="p1").state == "owed"
    assert Order.objects.filter(parent=order).count() == 1
    assert balance(poor) == Decimal("0.10")
    assert facts(order)[:2] == ("paused", "in_progress")
    assert Event.objects.filter(kind="subscription.post_owed").count() == 1
    assert Subscription.objects.get().needs == Decimal("0.18")
    deposit(poor, "0.08")
    tasks.go_on()
    assert Order.objects.filter(parent=order).count() == 2
    assert balance(poor) == 0
    assert facts(order)[0] == "paused"
    assert Subscription.objects.get().needs == Decimal("0.90")
    assert Event.objects.filter(kind="subscription.paused").count() == 1


def test_does_not_end_before_every_post_is_paid(subscription, poor, alice):
    order = subscription(who=poor, posts=2)
    say(order, "completed", "p1", "p2")
    size("p1", 1000)
    size("p2", 1000)
    assert facts(order) == ("paused", "in_progress", 0, 0)
    deposit(poor, "0.80")
    assert tasks.go_on() == 1
    assert facts(order) == ("completed", "completed", 0, 0)
    assert balance(poor) == 0


def test_the_first_posts_money_stays_for_it_while_it_is_owed(person, subscription):
    carol = person("carol", deposit="0.05")
    order = subscription(who=carol, posts=1)
    say(order, "active", "p1")
    size("p1", 100)  # 0.09: 0.045 was taken, 0.005 is left
    assert facts(order) == ("paused", "in_progress", FIRST, 0)
    assert balance(carol) == Decimal("0.005")
    deposit(carol, "0.04")
    assert tasks.go_on() == 1
    assert facts(order) == ("active", "in_progress", 0, 0)
    assert balance(carol) == 0


def test_is_not_paused_when_no_post_is_to_come(subscription, poor):
    order = subscription(who=poor, posts=1)
    say(order, "active", "p1")
    size("p1", 1000)
    assert facts(order)[0] == "active"


def test_a_paused_one_whose_day_is_over_ends_as_expired(paused, poor):
    Subscription.objects.update(expires_on=date(2020, 1, 1))
    say(paused, "canceled", "p1")
    assert facts(paused) == ("expired", "completed", 0, 2)


def test_one_that_waits_for_money_beyond_its_day_is_ended_by_the_sweep(paused):
    say(paused, "canceled", "p1")
    Subscription.objects.update(expires_on=date(2020, 1, 1))
    assert tasks.go_on() == 1
    assert facts(paused) == ("expired", "completed", 0, 2)


def test_cancelling_a_paused_one_that_the_provider_has_stopped_ends_it_at_once(paused, poor):
    say(paused, "canceled", "p1")
    (outcome,) = cancelling.cancel(account_id=poor.id, sent=[str(paused.pk)]).values()
    assert isinstance(outcome, cancelling.Canceled)
    assert facts(paused) == ("canceled", "canceled", 0, 2)
    (again,) = cancelling.cancel(account_id=poor.id, sent=[str(paused.pk)]).values()
    assert isinstance(again, cancelling.Canceled)


def test_cancelling_a_paused_one_ends_it_by_the_providers_word(paused, poor):
    cancelling.cancel(account_id=poor.id, sent=[str(paused.pk)])
    assert facts(paused)[0] == "paused"
    deposit(poor, "50")
    say(paused, "canceled", "p1")
    assert facts(paused) == ("canceled", "canceled", 0, 2)
    assert tasks.go_on() == 0


def test_one_under_way_of_a_service_that_does_not_cancel_cannot_be_cancelled(paused, poor, posts_service):
    posts_service.cancel = False
    posts_service.save(update_fields=["cancel"])
    (outcome,) = cancelling.cancel(account_id=poor.id, sent=[str(paused.pk)]).values()
    assert isinstance(outcome, cancelling.CannotBeCanceled)
    assert Subscription.objects.get().cancel_requested_at is None
    say(paused, "canceled", "p1")
    assert facts(paused)[0] == "paused"
    (outcome,) = cancelling.cancel(account_id=poor.id, sent=[str(paused.pk)]).values()
    assert isinstance(outcome, cancelling.Canceled)  # there is nothing under way any more
    assert facts(paused)[0] == "canceled"


def test_cancelling_one_under_way_refunds_nothing_before_the_providers_word(subscription, bob):
    order = subscription(who=bob, posts=3)
    cancelling.cancel(account_id=bob.id, sent=[str(order.pk)])
    assert facts(order) == ("active", "processing", FIRST, 3)
    assert live(order).cancel_due_at is not None
    say(order, "canceled")
    assert facts(order) == ("canceled", "canceled", 0, 3)
    assert balance(bob) == 100


def test_the_operator_writes_off_what_nobody_pays(subscription, poor):
    order = subscription(who=poor, posts=2)
    say(order, "canceled", "p1", "p2")
    size("p1", 1000)
    size("p2", 1000)
    assert facts(order)[0] == "paused"
    end(order_id=order.pk, actor="operator", reason="he is gone")
    assert facts(order)[0] == "paused"  # what is owed is still to be paid
    end_unpaid(order_id=order.pk, actor="operator", reason="he is gone")
    assert facts(order)[:2] == ("canceled", "canceled")
    assert Post.objects.get(provider_order_id="p2").note == "he is gone"
    assert balance(poor) == Decimal("0.10")
    with pytest.raises(CannotEnd):
        end(order_id=order.pk, actor="operator", reason="again")


def test_what_is_placed_after_a_pause_is_stopped_then(subscription, poor):
    """The balance falls while the rest is on its way to the provider: it is stopped when it has arrived."""
    order = subscription(who=poor, posts=3)
    say(order, "active", "p1")
    size("p1", 500)
    assert facts(order)[0] == "paused"
    say(order, "canceled", "p1", "p2")
    deposit(poor, "1")
    size("p2", 1000)
    deposit(poor, "0.25")
    assert tasks.go_on() == 1
    Subscription.objects.update(state="paused", needs=Decimal("0.90"))
    take()
    say(order, "active")
    assert live(order).cancel_due_at is not None
    assert facts(order)[:2] == ("paused", "in_progress")


def test_expiry_is_sent_as_the_protocol_writes_it(subscription):
    order = subscription(posts=1, expiry=at(date(2099, 1, 2)))
    assert parameters(live(order))["expiry"] == "02/01/2099"
