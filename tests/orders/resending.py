"""What may have been placed is sent again under its request_id: it stands at the provider once, whatever got lost."""

from datetime import timedelta
from decimal import Decimal

import pytest

import orders.queries
import wallets.queries
from alerts.queries import lasting
from events.queries import history
from kit import clock, ids
from orders import tasks
from orders.models import Order, Purchase
from orders.operations import buying, resending, sweeping
from orders.resends import WAITS, resend_at
from providers.models import Provider
from providers.operations import change_provider, pause, resume, set_key
from providers.outcomes import Placed, Refused
from tests.breaking import refused_by
from tests.orders.resent import bought, claimed, notpanel, resend, resend_until, service, standing, unknown, upstream
from tests.orders.sources import place_in_runs

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)
LOST = [f"{what} {when}" for what in ("timeout", "reset", "500", "html") for when in ("before", "after")]


def theirs(bob):
    """Return the orders that the provider has of us."""
    return Order.objects.filter(account_id=bob.id)


def kinds(order):
    return [event.kind for event in history("order", order.pk)]


def test_a_purchase_says_what_it_is_known_by_and_the_next_one_says_another(order_of, service, notpanel, upstream):
    first, second = order_of(service=service), order_of(service=service)
    tasks.buy_due()
    assert [bought(each).sent["request_id"] for each in (first, second)] == notpanel.request_ids
    assert all(ids.parsed("pur", each) for each in notpanel.request_ids)
    assert len(set(notpanel.request_ids)) == 2
    assert {each.provider_version for each in Purchase.objects.filter(provider=upstream)} == {1}


@pytest.mark.parametrize("lost", LOST)
def test_whatever_got_lost_it_is_placed_once_and_followed(lost, unknown, notpanel, bob, alice, time):
    order = unknown(lost)
    purchase = bought(order)
    assert theirs(bob).count() == lost.endswith("after")
    assert (purchase.resend_at, purchase.resends) == (clock.now() + timedelta(seconds=15), 0)
    assert tasks.resend_due() == 0, "it is not due"
    resend(time)
    assert standing(order) == ("processing", "placed")
    again, there = bought(order), theirs(bob).get()
    assert (again.provider_order_id, again.resends, again.resend_at) == (there.shown_id, 1, None)
    assert again.sent == purchase.sent
    assert notpanel.request_ids == [purchase.sent["request_id"]] * 2
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")
    assert wallets.queries.balance_from_database(bob.id) == Decimal("99.50")
    assert kinds(order) == ["order.placed", "purchase.unknown", "order.processing", "purchase.placed"]


def test_with_the_guard_off_it_is_bought_twice(unknown, bob, time):
    """The control: the same call under another request_id is another order."""
    order = unknown("timeout after")
    Purchase.objects.filter(order=order).update(sent=bought(order).sent | {"request_id": "another"})
    resend(time)
    assert standing(order) == ("processing", "placed")
    assert theirs(bob).count() == 2


def test_however_often_answers_get_lost_it_is_there_once(unknown, notpanel, bob, time):
    order = unknown("reset after")
    notpanel.next += ["500 after", "html before", "reset after", "html after"]
    resend_until(time, lambda: bought(order).state == "placed")
    assert bought(order).resends == 5
    assert len(set(notpanel.request_ids)) == 1
    assert theirs(bob).count() == 1


def test_it_waits_longer_each_time_and_is_the_operators_after_a_day():
    sent, first = {"request_id": "pur_1"}, clock.now()
    at = [resend_at(sent=sent, first_sent_at=first, resends=number, now=first) for number in range(8)]
    assert [(each - first).total_seconds() for each in at if each] == [15, 30, 60, 120, 300, 600, 600, 600]
    late = first + timedelta(hours=24) - WAITS[-1]
    assert resend_at(sent=sent, first_sent_at=first, resends=99, now=late) == first + timedelta(hours=24)
    assert resend_at(sent=sent, first_sent_at=first, resends=99, now=late + timedelta(seconds=1)) is None
    assert resend_at(sent={"service": "1"}, first_sent_at=first, resends=0, now=first) is None


def test_the_operator_is_told_of_what_waits_for_him_alone(unknown, time):
    order = unknown()
    assert (tasks.watch(), list(orders.queries.undecided())) == (0, [])
    assert [each.order for each in orders.queries.unknown()] == [order]
    time.move(hours=24, seconds=1)
    assert resending.give_up() == 1
    assert [each.order for each in orders.queries.undecided()] == [order]
    assert tasks.watch() == 1
    assert lasting().filter(kind="orders.unknown").exists()
    assert tasks.resend_due() == 0
    (told,) = history("order", order.pk).filter(kind="purchase.left_to_operator")
    assert told.data["why"] == "nothing was learnt of it for 24 hours"


@pytest.mark.parametrize("change", ["key", "url", "dialect"])
def test_what_the_provider_may_not_know_us_by_any_more_is_the_operators(change, unknown, upstream, notpanel, person):
    order = unknown()
    known = {"name": "NotPanel", "url": upstream.url, "calls_per_minute": None, "low_balance": None}
    if change == "key":
        set_key(provider_id=upstream.pk, key=person("carol").key)
    else:
        different = {"url": upstream.url + "/"} if change == "url" else {"dialect": "classic"}
        change_provider(provider_id=upstream.pk, **known | different)
    upstream.refresh_from_db()
    assert upstream.version == 2
    before = len(notpanel.request_ids)
    Purchase.objects.filter(order=order).update(resend_at=clock.now())
    assert tasks.resend_due() == 0, "also before the sweep has looked"
    assert tasks.sweep() == 1
    assert [each.order for each in orders.queries.undecided()] == [order]
    (told,) = history("order", order.pk).filter(kind="purchase.left_to_operator")
    assert told.data["why"] == "the provider's address, key or dialect was changed since it was sent"
    assert len(notpanel.request_ids) == before


def test_a_name_or_a_pace_changes_nothing_of_it(unknown, upstream, time):
    order = unknown()
    change_provider(provider_id=upstream.pk, name="Renamed", url=upstream.url, calls_per_minute=600, low_balance=None)
    resend(time)
    assert standing(order)[1] == "placed"


def test_a_paused_provider_is_sent_nothing_again_until_it_goes_on(unknown, upstream, notpanel, time):
    order = unknown()
    pause(provider_id=upstream.pk)
    time.move(minutes=1)
    assert tasks.resend_due() == 0
    assert (len(notpanel.request_ids), standing(order)[1]) == (1, "unknown")
    resume(provider_id=upstream.pk)
    assert tasks.resend_due() == 1
    assert standing(order)[1] == "placed"


def test_what_a_classic_provider_may_have_is_never_sent_again(order_of, sell, demo, time):
    from providers.operations import add_provider

    classic = add_provider(name="Demo", url=demo.url, key=demo.key)
    demo.control(next=["html_after_placing"])
    order = order_of(service=sell(at=classic))
    tasks.buy_due()
    assert (bought(order).resend_at, "request_id" in bought(order).sent) == (None, False)
    time.move(hours=1)
    assert tasks.resend_due() == tasks.sweep() == 0
    assert [each.order for each in orders.queries.undecided()] == [order]
    assert len(demo.calls("add")) == 1


def test_a_buyer_and_then_a_resender_that_die_lose_nothing(order_of, service, bob, time, settings):
    order = order_of(service=service)
    assert isinstance(buying.send(claimed(buying.claim)), Placed)
    time.move(seconds=settings.PROVIDER_TIMEOUT + 31)
    assert sweeping.give_up_lost_calls() == 1
    assert bought(order).resend_at == clock.now() + timedelta(seconds=15)
    time.move(seconds=16)
    assert resending.claim([]) is not None
    assert standing(order) == ("processing", "submitting")
    assert sweeping.give_up_lost_calls() == 0, "it is being sent at this moment"
    time.move(seconds=settings.PROVIDER_TIMEOUT + 31)
    assert sweeping.give_up_lost_calls() == 1
    resend(time)
    assert standing(order) == ("processing", "placed")
    assert (bought(order).resends, theirs(bob).count()) == (2, 1)


def test_a_late_refusal_of_the_first_call_says_nothing_of_the_second(order_of, service, time):
    order = order_of(service=service)
    first = claimed(buying.claim)
    time.move(minutes=5)
    sweeping.give_up_lost_calls()
    time.move(seconds=16)
    again = claimed(resending.claim)
    buying.record(first, Refused("Service not found"))
    assert standing(order) == ("processing", "submitting")
    resending.record(again, resending.send(again))
    assert standing(order) == ("processing", "placed")


def test_a_late_id_from_the_first_call_is_taken_and_the_second_bears_it_out(unknown, bob, time):
    order = unknown()
    purchase = bought(order)
    assert purchase.claimed_at is not None
    first = buying.Claimed(
        purchase.pk, order.pk, purchase.provider_id, purchase.claimed_at, purchase.provider, purchase.sent
    )
    time.move(seconds=16)
    again = claimed(resending.claim)
    buying.record(first, Placed(theirs(bob).get().shown_id))
    assert standing(order) == ("processing", "placed")
    resending.record(again, resending.send(again))
    assert standing(order) == ("processing", "placed")
    assert "purchase.contradicted" not in kinds(order)


def test_an_id_that_another_purchase_has_is_the_operators(unknown, order_of, service, notpanel, time):
    order = unknown()
    notpanel.next.append((200, '{"order": "ord_7"}'))
    resend(time)
    assert standing(order)[1] == "placed"
    notpanel.next.append((200, '{"order": "ord_7"}'))
    other = order_of(service=service)
    tasks.buy_due()
    assert (bought(other).state, bought(other).resend_at) == ("unknown", None)
    assert [each.order for each in orders.queries.undecided()] == [other]


def test_an_outage_makes_the_provider_rest_and_ends_with_everything_placed_once(
    unknown, upstream, notpanel, order_of, service, bob, time
):
    orders_ = [unknown("500 after") for _ in range(3)]
    upstream.refresh_from_db()
    assert (upstream.failing_at, upstream.unknown_in_a_row) == ("add", 3)
    assert upstream.ask_again_at is not None
    resend_until(time, lambda: not orders.queries.unknown().exists())
    upstream.refresh_from_db()
    assert (upstream.failing_at, upstream.unknown_in_a_row) == ("", 0)
    assert {standing(each) for each in orders_} == {("processing", "placed")}
    assert theirs(bob).count() == 3


def test_where_it_cannot_be_reached_it_rests_and_the_purchase_stays_unknown(unknown, upstream, time):
    order = unknown()
    Provider.objects.filter(pk=upstream.pk).update(url="http://127.0.0.1:9/api/v2")
    resend(time)
    upstream.refresh_from_db()
    assert (upstream.failing_at, standing(order)) == ("add", ("processing", "unknown"))
    assert bought(order).resend_at == clock.now() + timedelta(seconds=30)
    order.refresh_from_db()
    assert order.refunded == 0


def test_a_run_of_a_drip_feed_in_doubt_holds_its_link_as_before(service, alice, notpanel, settings, time):
    type(service).objects.filter(pk=service.pk).update(dripfeed=True)
    order = place_in_runs(alice, service, runs=2)
    notpanel.next.append("html after")
    tasks.buy_due()
    time.move(minutes=11)
    assert resending.claim([]) is not None  # the first run is being sent again
    notpanel.next.append((400, '{"error": "An order for this link is already in progress"}'))
    tasks.buy_due()
    assert list(order.purchases.values_list("run", "state")) == [(1, "submitting"), (2, "queued")]


@pytest.mark.parametrize(
    "written",
    [
        {"state": "queued"},
        {"state": "placed", "provider_order_id": "x"},
        {"sent": {"service": "1"}},
        {"provider_version": None},
    ],
)
def test_the_database_lets_nothing_else_be_sent_again(written, unknown):
    order = unknown()
    with refused_by("purchase_resent_is_unknown_and_has_a_request_id"):
        Purchase.objects.filter(order=order).update(**written)
