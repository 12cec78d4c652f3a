"""What we could not send counts as nobody's failure, unless others were reached while it was tried."""

from datetime import timedelta
from typing import Any

import pytest

from alerts.models import Alert
from kit import clock
from tests.webhooks.due import Scripted, came_to, due, states, taken
from webhooks import dispatching
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.operations.recording import record
from webhooks.outcomes import Answered, OurFault

pytestmark = pytest.mark.django_db
NO_RESOLVER = OurFault("no resolver answers", or_its_own=True)


@pytest.fixture
def world(monkeypatch):
    """What comes of posting to each URL."""
    outcomes: dict[str, Any] = {}
    monkeypatch.setattr(dispatching, "Sender", Scripted(outcomes))
    return outcomes


def row(delivery):
    delivery.refresh_from_db()
    return delivery.state, delivery.tries, delivery.said, delivery.claimed_until


def alerts():
    return list(Alert.objects.order_by("id").values_list("kind", "cleared_at"))


def test_a_fault_of_ours_is_no_attempt_and_is_tried_again_within_a_minute(alice, listen, time, world):
    endpoint = listen(alice)
    world[endpoint.url] = NO_RESOLVER
    [delivery] = due(endpoint)
    for _ in range(20):
        dispatching.dispatch()
        assert row(delivery) == ("due", 0, "no resolver answers", None)
        assert clock.now() + timedelta(seconds=30) <= delivery.due_at <= clock.now() + timedelta(seconds=61)
        time.at = delivery.due_at.timestamp()
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.disabled_at) == (0, None, None)
    assert not Attempt.objects.exists()
    assert alerts() == [("webhooks.egress", None)]
    world[endpoint.url] = Answered(500)
    dispatching.dispatch()
    assert row(delivery)[:2] == ("due", 1)
    assert alerts() == [("webhooks.egress", clock.now())]


def test_it_counts_where_another_endpoint_was_reached(alice, bob, listen, time, world):
    broken, good = listen(alice, "http://127.0.0.1:9999/broken"), listen(bob, "http://127.0.0.1:9999/good")
    world |= {broken.url: NO_RESOLVER, good.url: Answered(200)}
    [delivery], [other] = due(broken), due(good)
    dispatching.dispatch()
    assert row(delivery)[:2] == ("due", 1)
    assert states(other) == ["delivered"]
    broken.refresh_from_db()
    assert broken.failures == 1
    assert Attempt.objects.get(delivery=delivery).error == "no resolver answers"
    assert alerts() == []


def test_what_is_ours_alone_counts_for_nobody_though_others_are_reached(alice, bob, listen, time, world):
    one, good = listen(alice, "http://127.0.0.1:9999/one"), listen(bob, "http://127.0.0.1:9999/good")
    world |= {one.url: OurFault("an unexpected error; the log has it"), good.url: Answered(200)}
    [delivery], [other] = due(one), due(good)
    dispatching.dispatch()
    assert (row(delivery)[:2], states(other)) == (("due", 0), ["delivered"])
    one.refresh_from_db()
    assert one.failures == 0


def test_it_counts_where_a_run_before_this_one_reached_another(alice, bob, listen, time, world):
    broken, good = listen(alice, "http://127.0.0.1:9999/broken"), listen(bob, "http://127.0.0.1:9999/good")
    world |= {broken.url: NO_RESOLVER, good.url: Answered(200)}
    due(good)
    dispatching.dispatch()
    [within], _ = due(broken), time.move(seconds=59)
    dispatching.dispatch()
    assert row(within)[:2] == ("due", 1)
    time.move(seconds=10)
    dispatching.dispatch()
    assert row(within)[:2] == ("due", 1)
    assert alerts() == [("webhooks.egress", None)]


def test_its_own_earlier_answers_do_not_speak_for_us(alice, listen, time, world):
    endpoint = listen(alice)
    world[endpoint.url] = Answered(200)
    due(endpoint)
    dispatching.dispatch()
    world[endpoint.url] = NO_RESOLVER
    [delivery] = due(endpoint)
    dispatching.dispatch()
    assert row(delivery)[:2] == ("due", 0)


def test_what_waits_for_us_rests_and_is_not_tried_one_after_the_other(alice, listen, time, world):
    endpoint = listen(alice)
    world[endpoint.url] = NO_RESOLVER
    due(endpoint, 100)
    dispatching.dispatch()
    assert Delivery.objects.exclude(said="").count() == 10


def test_it_counts_from_a_day_after_the_longest_schedule_and_is_not_given_up_at_once(alice, listen, time):
    endpoint = listen(alice)
    longest = timedelta(seconds=1.2 * (5 + 300 + 1800 + 7200 + 18_000 + 36_000 + 50_400 + 72_000 + 86_400), days=1)
    [younger] = due(endpoint, made_at=clock.now() - longest)
    [older] = due(endpoint, made_at=clock.now() - longest - timedelta(seconds=1))
    [again] = due(endpoint, made_at=clock.now() - timedelta(days=20), sent_again_at=clock.now())
    record([came_to(each, NO_RESOLVER) for each in taken()])
    assert [row(each)[:2] for each in (younger, older, again)] == [("due", 0), ("due", 1), ("due", 0)]
    assert Attempt.objects.get().delivery_id == older.pk
    Delivery.objects.filter(pk=older.pk).update(tries=9, due_at=clock.now())
    Endpoint.objects.update(resting_until=None)
    record([came_to(each, NO_RESOLVER) for each in taken()])
    assert row(older)[:2] == ("failed", 10)
