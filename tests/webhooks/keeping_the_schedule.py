"""Ten attempts over three days, whatever a receiver does: the clock is held, and the waits are jumped."""

from datetime import datetime, timedelta

import pytest

from alerts.models import Alert
from kit import clock
from tests.webhooks.due import due, statuses
from tests.webhooks.receiver import MB, big, drop, gone, hang, redirect, retry_after, status
from webhooks.dispatching import dispatch
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.states import Disabled

pytestmark = pytest.mark.django_db

PROMISED = [5, 5 * 60, 30 * 60, 2 * 3600, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600]


def go_through_the_schedule(delivery: Delivery, time) -> list[timedelta]:
    """Dispatch each time it is due, and a moment before; return how long each wait was, from the end of the attempt."""
    waits: list[timedelta] = []
    while True:
        before = Attempt.objects.count()
        assert dispatch() == 1
        assert Attempt.objects.count() == before + 1
        delivery.refresh_from_db()
        if delivery.state != "due":
            return waits
        last = Attempt.objects.filter(delivery=delivery).latest("id")
        waits.append(delivery.due_at - last.at - timedelta(milliseconds=last.ms))
        time.at = delivery.due_at.timestamp() - 0.001
        assert dispatch() == 0
        time.at = delivery.due_at.timestamp()


@pytest.mark.parametrize(
    ("answer", "answered", "said"),
    [
        (status(500, b"down"), 500, "HTTP 500"),
        (hang, None, None),
        (drop, None, None),
        (redirect("http://127.0.0.1:1/"), 302, "HTTP 302"),
        (big(10 * MB, 500), 500, "HTTP 500"),
        (status(404), 404, "HTTP 404"),
    ],
    ids=["500", "hangs", "drops the connection", "redirects", "10 MB with a 500", "404"],
)
def test_what_is_never_taken_is_tried_ten_times_at_the_times_promised(
    answer, answered, said, alice, listen, receiver, time, settings
):
    if answer is hang:
        settings.WEBHOOK_TIMEOUT = 0.1
    receiver.otherwise = answer
    endpoint = listen(alice, receiver.url)
    began = clock.now()
    [delivery] = due(endpoint)
    waits = go_through_the_schedule(delivery, time)
    assert len(waits) == 9
    for wait, promised in zip(waits, PROMISED, strict=True):
        assert timedelta(seconds=promised) <= wait <= timedelta(seconds=promised * 1.2)
    assert (delivery.state, delivery.tries, delivery.claimed_until) == ("failed", 10, None)
    assert statuses(delivery) == [answered] * 10
    assert delivery.said == said or (said is None and delivery.said)
    assert len({each.headers["webhook-id"] for each in receiver.got}) == 1
    stamps = [int(each.headers["webhook-timestamp"]) for each in receiver.got]
    assert stamps == sorted(set(stamps))
    assert len(stamps) == 10
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.disabled_at) == (10, None)
    assert began <= endpoint.failing_since <= began + timedelta(seconds=1)
    time.move(days=30)
    assert dispatch() == 0
    assert len(receiver.got) == 10


def test_ten_megabytes_with_a_200_are_a_success(alice, listen, receiver, time):
    receiver.otherwise = big()
    [delivery] = due(listen(alice, receiver.url))
    assert go_through_the_schedule(delivery, time) == []
    assert (delivery.state, delivery.tries, statuses(delivery)) == ("delivered", 1, [200])
    assert len(Attempt.objects.get().excerpt) < MB


def test_what_is_taken_at_the_third_attempt_ends_there(alice, listen, receiver, time):
    receiver.answers = [status(500), drop]
    endpoint = listen(alice, receiver.url)
    [delivery] = due(endpoint)
    assert len(go_through_the_schedule(delivery, time)) == 2
    assert (delivery.state, delivery.tries, statuses(delivery)) == ("delivered", 3, [500, None, 204])
    endpoint.refresh_from_db()
    assert (endpoint.failures, endpoint.failing_since, endpoint.resting_until) == (0, None, None)
    time.move(days=30)
    assert dispatch() == 0


def test_a_receiver_is_never_asked_before_it_wanted_and_never_before_the_schedule(alice, listen, receiver, time):
    receiver.otherwise = retry_after(7)
    [delivery] = due(listen(alice, receiver.url))
    waits = [wait.total_seconds() for wait in go_through_the_schedule(delivery, time)]
    assert waits[0] == pytest.approx(7, abs=0.01)
    for wait, promised in zip(waits[1:], PROMISED[1:], strict=True):
        assert promised <= wait <= promised * 1.2
    assert (delivery.state, delivery.tries, len(receiver.got)) == ("failed", 10, 10)


@pytest.mark.parametrize(("asked", "waited"), [(3600, 3600), (10**9, 86_400)], ids=["an hour", "thirty years"])
def test_a_receiver_that_asks_for_much_is_left_alone_for_a_day_at_most(asked, waited, alice, listen, receiver, time):
    receiver.answers = [retry_after(asked)]
    endpoint = listen(alice, receiver.url)
    [delivery] = due(endpoint)
    waits = [wait.total_seconds() for wait in go_through_the_schedule(delivery, time)]
    assert waits == [pytest.approx(waited, abs=0.01)]
    assert statuses(delivery) == [503, 204]


def test_410_disables_the_endpoint_at_once_and_fails_what_waits(alice, bob, listen, receiver, time):
    receiver.at["/gone"] = gone
    endpoint, other = listen(alice, f"{receiver.url}gone"), listen(bob, receiver.url)
    later = due(endpoint, 3, due_at=clock.now() + timedelta(hours=1))
    [delivery], [theirs] = due(endpoint), due(other)
    assert dispatch() == 2
    endpoint.refresh_from_db()
    assert (endpoint.disabled_because, endpoint.disabled_at) == (Disabled.GONE, clock.now())
    assert {(each.state, each.claimed_until) for each in endpoint.deliveries.all()} == {("failed", None)}
    delivery.refresh_from_db()
    assert (delivery.said, delivery.tries, statuses(delivery)) == ("HTTP 410", 1, [410])
    assert {Delivery.objects.get(pk=each.pk).said for each in later} == {"the endpoint was disabled"}
    theirs.refresh_from_db()
    assert theirs.state == "delivered"
    time.move(days=30)
    assert dispatch() == 0
    assert len(receiver.at_path("/gone")) == 1


def test_five_days_without_one_success_disable_it_and_not_a_moment_less(alice, listen, receiver, time):
    receiver.otherwise = status(500)
    endpoint = listen(alice, receiver.url)
    due(endpoint)
    assert dispatch() == 1
    endpoint.refresh_from_db()
    since = endpoint.failing_since
    Delivery.objects.update(state="failed", ended_at=clock.now())

    at_last = since + timedelta(days=5)
    _try_one(endpoint, time, at_last - timedelta(seconds=5))
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.failing_since, endpoint.failures) == (None, since, 2)

    _try_one(endpoint, time, at_last)
    endpoint.refresh_from_db()
    assert (endpoint.disabled_because, endpoint.failures) == (Disabled.FAILING, 3)
    assert {each.state for each in endpoint.deliveries.all()} == {"failed"}


def test_one_success_in_five_days_keeps_it(alice, listen, receiver, time):
    endpoint = listen(alice, receiver.url)
    receiver.answers = [status(500), status(200), status(500)]
    began = clock.now()
    for days in (0, 4, 8):
        _try_one(endpoint, time, began + timedelta(days=days))
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.failures) == (None, 1)
    assert endpoint.failing_since >= began + timedelta(days=8)
    assert not Alert.objects.exists()


def _try_one(endpoint: Endpoint, time, at: datetime) -> None:
    time.at = at.timestamp()
    Delivery.objects.filter(state="due").update(state="failed", ended_at=clock.now())
    due(endpoint)
    assert dispatch() == 1
