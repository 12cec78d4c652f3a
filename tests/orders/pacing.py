"""Calls keep to a provider's pace: orders go before questions, and a 429 slows the questions down."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection

from kit import clock
from orders import pump, tasks
from orders.models import Purchase
from orders.operations import buying, following
from providers.models import Provider
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def paced(upstream):
    """Give the provider a pace of calls a minute."""

    def at(calls_per_minute):
        upstream.calls_per_minute = calls_per_minute
        upstream.save()
        return upstream

    return at


def claimed_until_none(claim):
    return sum(1 for _ in iter(lambda: claim([]), None))


def place_them(of, service, count):
    """Write placed purchases, as if bought, that are due to be asked about."""
    for _ in range(count):
        of(service=service, quantity=50)
    for purchase in Purchase.objects.filter(state="queued"):
        Purchase.objects.filter(pk=purchase.pk).update(
            state="placed", provider_order_id=f"their-{purchase.pk}", due_at=clock.now(), claimed_at=clock.now()
        )


def test_no_more_is_sent_than_the_pace_allows_and_what_half_a_second_lends(order_of, sell, upstream, paced, time):
    paced(120)
    service = sell(at=upstream)
    for _ in range(20):
        order_of(service=service, quantity=50)
    began = claimed_until_none(buying.claim)
    assert began == 4, "two of the second that passed, one now, one of the half second ahead"
    for _ in range(6):
        time.move(seconds=0.5)
        assert claimed_until_none(buying.claim) == 1
    assert Purchase.objects.filter(state="submitting").count() == began + 6


def test_without_a_pace_as_many_are_sent_as_there_are(order_of, sell, upstream, time):
    service = sell(at=upstream)
    for _ in range(12):
        order_of(service=service, quantity=50)
    assert claimed_until_none(buying.claim) == 12
    upstream.refresh_from_db()
    assert upstream.next_call_at is None


def test_one_that_waits_for_its_pace_holds_up_no_other_provider(order_of, sell, upstream, provider, paced, time):
    paced(60)
    slow, quick = sell(at=upstream), sell(at=provider)
    for _ in range(5):
        order_of(service=slow, quantity=50)
    later = [order_of(service=quick, quantity=50).pk for _ in range(5)]
    claimed = [each.order_id for each in iter(lambda: buying.claim([]), None)]
    assert set(later) <= set(claimed)
    assert len(claimed) < 10


def test_orders_go_before_questions(order_of, sell, upstream, paced, time):
    service = sell(at=upstream)
    place_them(order_of, service, 3)
    paced(60)
    Provider.objects.update(next_call_at=clock.now())
    order_of(service=service, quantity=50)
    order_of(service=service, quantity=50)
    assert following.claim([]) is not None
    Purchase.objects.filter(state="placed").update(due_at=clock.now())
    time.move(seconds=0.6)
    assert following.claim([]) is None
    assert buying.claim([]) is not None, "it may go half a second ahead"
    time.move(seconds=0.5)
    assert following.claim([]) is None, "and the question then waits a second more"
    assert buying.soonest() == pytest.approx(0.4, abs=0.01)
    assert following.soonest() == pytest.approx(0.9, abs=0.01)
    time.move(seconds=0.9)
    assert following.claim([]) is not None


def test_twenty_who_want_the_same_call_at_once_get_it_once(order_of, sell, upstream, paced):
    paced(1)
    service = sell(at=upstream)
    for _ in range(20):
        order_of(service=service, quantity=50)
    Provider.objects.update(next_call_at=clock.now())
    claimed = at_once(*[partial(buying.claim, [])] * 20)
    assert sum(each is not None for each in claimed) == 1
    assert Purchase.objects.filter(state="submitting").count() == 1


def test_with_the_guard_off_the_same_call_is_spent_many_times(upstream, paced):
    """The control: look, then write, as a program without the conditional statement would."""
    paced(1)
    Provider.objects.update(next_call_at=clock.now())
    everyone_has_looked = threading.Barrier(20)

    def call_unguarded():
        room = Provider.objects.filter(pk=upstream.pk, next_call_at__lte=clock.now()).exists()
        everyone_has_looked.wait(60)
        if room:
            Provider.objects.filter(pk=upstream.pk).update(next_call_at=clock.now() + timedelta(minutes=1))
        return room

    assert at_once(*[call_unguarded] * 20) == [True] * 20


def test_a_worker_waits_for_the_pace_and_sends_everything_in_one_run(order_of, sell, upstream, paced, buy, demo):
    paced(1200)
    service = sell(at=upstream)
    for _ in range(30):
        order_of(service=service, quantity=50)
    Provider.objects.update(next_call_at=clock.now())
    began = clock.timestamp()
    assert buy() == 30
    assert len(demo.calls("add")) == 30
    assert clock.timestamp() - began >= 29 / 20 - 0.5, "no sooner than the pace allows, less what it lends"


def test_a_worker_does_not_wait_long_for_a_slow_pace(order_of, sell, upstream, paced, buy, demo, monkeypatch):
    monkeypatch.setattr(pump, "LONGEST_PAUSE", 0.0)
    paced(1)
    order_of(service=sell(at=upstream))
    Provider.objects.update(next_call_at=clock.now() + timedelta(seconds=30))
    assert buy() == 0
    assert demo.calls("add") == []


def test_a_clock_that_stands_still_holds_no_worker_up(order_of, sell, upstream, paced, buy, time):
    paced(60)
    order_of(service=sell(at=upstream))
    Provider.objects.update(next_call_at=clock.now() + timedelta(seconds=3))
    assert buy() == 0


@pytest.mark.parametrize("behaviour", ["too_many_requests", "html"])
def test_a_provider_that_does_not_answer_is_asked_less_and_less(
    behaviour, order_of, sell, upstream, demo, time, settings
):
    settings.FOLLOW_INTERVAL = 10
    service = sell(at=upstream)
    place_them(order_of, service, 5)
    demo.control(next=[behaviour] * 40, action="status")
    asked = []
    for _ in range(30):
        Purchase.objects.filter(state="placed").update(due_at=clock.now())
        tasks.follow_due()
        asked.append(len(demo.calls("status")))
        time.move(seconds=2)
    upstream.refresh_from_db()
    assert upstream.failing_at == "status"
    assert asked[-1] <= 14, "not every two seconds"
    assert asked[-1] - asked[15] <= 4, "after a quarter of the time it has been failing, each time"
    assert buying.soonest() is None
    order_of(service=service, quantity=50)
    assert buying.claim([]) is not None, "its orders are sent nevertheless"


def test_it_is_asked_as_ever_once_it_answers(order_of, sell, upstream, demo, time, settings):
    service = sell(at=upstream)
    order_of(service=service, quantity=50)
    tasks.buy_due()
    demo.control(next=["html"], action="status")
    time.move(seconds=settings.FOLLOW_INTERVAL)
    tasks.follow_due()
    upstream.refresh_from_db()
    assert upstream.ask_status_again_at is not None
    time.move(seconds=settings.FOLLOW_INTERVAL)
    tasks.follow_due()
    upstream.refresh_from_db()
    assert (upstream.failing_since, upstream.ask_status_again_at) == (None, None)
    assert Purchase.objects.get().reported


def test_what_somebody_holds_is_not_waited_for(order_of, sell, upstream, buy, demo):
    held = order_of(service=sell(at=upstream))
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as holding:
            holding.execute("SELECT FROM orders_purchase WHERE order_id = %s FOR UPDATE", [held.pk])
            assert buy() == 0
    finally:
        other.close()
    assert buy() == 1
