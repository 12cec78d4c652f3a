"""Following at scale: a statement for a hundred, the oldest first, and no order left alone for longer than promised."""

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.models import Service
from kit import clock
from orders import tasks
from orders.models import Order, Purchase
from orders.operations import following
from providers.following import NoNews, NotFound, StatusNews
from tests.conftest import Person
from tests.orders.conftest import request_ids

pytestmark = pytest.mark.django_db(transaction=True)
SOME = 40


@pytest.fixture
def under_way(alice: Person, upstream, sell):
    """Write free orders of 1000 that the provider has, all due now: `under_way(250)`."""
    service = sell(at=upstream, rate="0")
    return lambda count, **fields: write_under_way(alice, service, count, **fields)


def write_under_way(who: Person, service: Service, count: int, **fields) -> list[Purchase]:
    """Write them without placing and buying each."""
    source, now = service.sources.get(), clock.now()
    from kit import ids

    orders = Order.objects.bulk_create(
        Order(
            public_id=ids.new_id(),
            account_id=who.id,
            service=service,
            status="processing",
            link="https://example.com/p",
            quantity=1000,
            rate=0,
            charge=0,
            remains=1000,
            created_at=now,
        )
        for _ in range(count)
    )
    known = {"state": "placed", "due_at": now, "wanted_at": now, "claimed_at": now, "quantity": 1000} | fields
    return Purchase.objects.bulk_create(
        Purchase(
            order=order,
            source=source,
            provider_id=source.provider_id,
            provider_order_id=f"their-{next(request_ids)}",
            **known,
        )
        for order in orders
    )


def claimed():
    batch = following.claim([])
    assert batch is not None
    return batch


def all_say(batch, news):
    return dict.fromkeys([each.provider_order_id for each in batch.purchases], news)


SEEN = {"reported": "in_progress", "remains": 900, "start_count": 5}


def test_a_hundred_of_which_nothing_is_new_cost_one_statement(under_way, django_assert_num_queries):
    under_way(100, **SEEN)
    with django_assert_num_queries(1):
        batch = claimed()
        following.record(batch, all_say(batch, StatusNews("in_progress", remains=900, start_count=5)))
    assert len(batch.purchases) == 100


def test_a_hundred_whose_counters_moved_cost_two(under_way, django_assert_num_queries):
    under_way(100, **SEEN)
    with django_assert_num_queries(2):
        batch = claimed()
        following.record(batch, all_say(batch, StatusNews("in_progress", remains=400, start_count=5)))
    assert set(Purchase.objects.values_list("remains", "start_count", "reported")) == {(400, 5, "in_progress")}
    assert set(Order.objects.values_list("remains", "start_count", "status")) == {(400, 5, "processing")}


def test_a_counter_of_one_of_several_runs_is_added_to_the_others(under_way):
    (purchase,) = under_way(1, **SEEN)
    order = purchase.order
    Order.objects.filter(pk=order.pk).update(runs=2, interval=10, quantity=2000, remains=1900, status="in_progress")
    Purchase.objects.create(
        order=order,
        run=2,
        source=purchase.source,
        provider=purchase.provider,
        quantity=1000,
        wanted_at=clock.now(),
        due_at=clock.now() + timedelta(minutes=10),
    )
    batch = claimed()
    following.record(batch, all_say(batch, StatusNews("in_progress", remains=300, start_count=5)))
    order.refresh_from_db()
    assert (order.remains, order.start_count, order.status) == (1300, 5, "in_progress")


def test_a_counter_does_not_come_over_what_somebody_else_learnt_meanwhile(under_way):
    (purchase,) = under_way(1, **SEEN)
    batch = claimed()
    Purchase.objects.filter(pk=purchase.pk).update(remains=100)
    following.record(batch, all_say(batch, StatusNews("in_progress", remains=800, start_count=5)))
    assert Purchase.objects.get().remains == 100


def test_half_a_batch_of_nonsense_changes_nothing_of_that_half(under_way, demo, upstream, time, settings):
    purchases = under_way(SOME, **SEEN)
    batch = claimed()
    before = {row["id"]: row for row in Purchase.objects.values()}
    nonsense = [
        *(NoNews("not an object"), StatusNews(None, remains=3), StatusNews("partial"), NotFound("Incorrect order ID")),
        *(None, StatusNews(None, remains=0, start_count=10**40, charge=Decimal("1e10"))),
    ]
    answers = {
        each.provider_order_id: nonsense[number % len(nonsense)] if number % 2 else StatusNews("completed", remains=0)
        for number, each in enumerate(batch.purchases)
    }
    following.record(batch, {name: news for name, news in answers.items() if news is not None})
    for number, each in enumerate(batch.purchases):
        now = Purchase.objects.values().get(pk=each.id)
        assert (now == before[each.id]) == bool(number % 2)
    assert Purchase.objects.filter(state="done").count() == len(purchases) // 2


def test_the_longest_due_are_asked_about_first(under_way, time):
    late = under_way(30, **SEEN)
    time.move(seconds=1)
    later = under_way(SOME * 3, **SEEN)
    assert {each.id for each in late} <= {each.id for each in claimed().purchases}
    assert {each.id for each in claimed().purchases} <= {each.pk for each in later}


def test_two_providers_are_asked_in_turn_by_what_is_longest_due(under_way, provider, sell, alice, time):
    under_way(150, **SEEN)
    time.move(seconds=1)
    write_under_way(alice, sell(at=provider, rate="0"), 10, **SEEN)
    assert [len(claimed().purchases) for _ in range(3)] == [100, 50, 10]
    assert following.claim([]) is None


def test_one_the_provider_never_knew_is_asked_about_less_and_less(under_way, time, settings):
    (purchase,) = under_way(1)
    waits = []
    for _ in range(12):
        time.at = Purchase.objects.get().due_at.timestamp()
        batch = claimed()
        following.record(batch, all_say(batch, NotFound("Incorrect order ID")))
        waits.append((Purchase.objects.get().due_at - clock.now()).total_seconds())
    assert waits[:7] == [54, 54, 108, 216, 432, 864, 1728]
    assert waits[7:] == [3456, *[3600] * 4]
    assert Purchase.objects.get().found_at is None
    time.at = Purchase.objects.get().due_at.timestamp()
    batch = claimed()
    following.record(batch, all_say(batch, StatusNews("in_progress", remains=1000)))
    purchase.refresh_from_db()
    assert purchase.found_at == clock.now()
    assert (purchase.due_at - clock.now()).total_seconds() == 54
    time.move(seconds=55)
    batch = claimed()
    following.record(batch, all_say(batch, StatusNews("in_progress", remains=900)))
    assert Purchase.objects.get().found_at == purchase.found_at, "the first time is the first time"


@pytest.mark.parametrize(("calls_a_second", "orders"), [(1, 6_000), (10, 6_000)])
def test_every_order_is_looked_at_in_time_at_the_pace(calls_a_second, orders, under_way, upstream, time, settings):
    """Each within max(FOLLOW_INTERVAL, orders / (100 * N)), by a clock that is moved by hand."""
    settings.FOLLOW_INTERVAL = 30
    settings.PROVIDER_TIMEOUT = 10
    upstream.calls_per_minute = 60 * calls_a_second
    upstream.save()
    under_way(orders, **SEEN)
    promised = max(settings.FOLLOW_INTERVAL, orders / (100 * calls_a_second))
    seen: dict[int, list[float]] = {}
    began, calls = time.at, 0
    while time.at < began + promised * 2.2:
        # As the pump does it: a tick every 5 s at most where nothing is due, and a look whenever the pace has room.
        while (batch := following.claim([])) is not None:
            calls += 1
            for each in batch.purchases:
                seen.setdefault(each.id, [began]).append(time.at)
        pause = following.soonest()
        time.move(seconds=settings.SWEEP_INTERVAL if pause is None else max(pause, 0.001))
    gaps = [later - earlier for looks in seen.values() for earlier, later in itertools.pairwise(looks)]
    assert len(seen) == orders
    assert max(gaps) <= promised + 0.1
    assert calls <= calls_a_second * (time.at - began + 1) + 1


def test_the_demo_provider_hears_of_a_hundred_at_once(under_way, demo, time, settings):
    under_way(250)
    tasks.follow_due()
    calls = demo.calls("status")
    assert sorted(len(call["params"]["orders"].split(",")) for call in calls) == [50, 100, 100]
