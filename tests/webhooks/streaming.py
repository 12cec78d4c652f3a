"""The dispatcher streams: what hangs holds up nobody, and a run that ends leaves the rest to the next one."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from django.db import connection

from kit import stopping
from kit.lease import lease
from tests.waiting import wait_until
from tests.webhooks.due import due, states
from tests.webhooks.receiver import after, hang, status, taken
from webhooks import dispatching
from webhooks.dispatching import dispatch
from webhooks.models import Delivery

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def beside():
    """Run something in a thread with a connection of its own."""
    threads = ThreadPoolExecutor(2)

    def run(work: Callable[[], int]) -> Future[int]:
        def done() -> int:
            try:
                return work()
            finally:
                connection.close()

        return threads.submit(done)

    yield run
    threads.shutdown()


def delivered(endpoint):
    return endpoint.deliveries.filter(state="delivered").count()


def arrived(endpoint, count):
    return delivered(endpoint) == count


def test_an_endpoint_that_hangs_holds_up_nobody(alice, bob, listen, receiver, beside):
    receiver.at["/slow"] = hang
    slow, good = listen(alice, f"{receiver.url}slow"), listen(bob, receiver.url)
    due(slow, 100)
    running = beside(dispatch)
    receiver.wait_for_held(10)
    for count in (50, 100):  # they come while the slow one's attempts are under way
        due(good, 50)
        wait_until(partial(arrived, good, count), "the others' are delivered")
    assert receiver.held == 10
    assert delivered(slow) == 0
    receiver.at["/slow"] = taken
    receiver.release()
    assert running.result() >= 110
    assert len(receiver.at_path("/")) == 100


def test_a_run_whose_time_is_over_lets_the_next_begin_before_its_last_attempts_end(
    alice, bob, listen, receiver, beside, time, monkeypatch
):
    rung: list[str] = []
    monkeypatch.setattr(dispatching, "nudge", rung.append)
    receiver.at["/slow"] = hang
    slow, good = listen(alice, f"{receiver.url}slow"), listen(bob, receiver.url)
    [first] = due(slow)
    running = beside(dispatch)
    receiver.wait_for_held(1)
    assert dispatch() == 0  # another holds the lease
    time.move(seconds=dispatching.RUN_FOR - 1)
    Delivery.objects.filter(pk=first.pk).update(claimed_until=None, state="failed", ended_at="2026-01-01T00:00Z")
    [second] = due(good)
    wait_until(lambda: states(second) == ["delivered"], "it is still at work")
    time.move(seconds=1)
    wait_until(lambda: rung, "the bell is rung for the next run")
    [third] = due(good)
    assert dispatch() == 1
    assert states(third) == ["delivered"]
    assert receiver.held == 1
    receiver.release()
    assert running.result() == 2
    assert states(first) == ["delivered"]
    assert rung == ["webhooks.dispatch"]


def test_a_worker_that_is_asked_to_stop_claims_no_more_and_waits_for_what_is_under_way(
    alice, listen, receiver, monkeypatch
):
    asked = threading.Event()
    monkeypatch.setattr(stopping, "asked", asked.is_set)

    def take_and_stop(connection):
        asked.set()
        taken(connection)

    receiver.otherwise = take_and_stop
    endpoint = listen(alice, receiver.url)
    due(endpoint, 40)
    assert dispatch() == 10
    assert delivered(endpoint) == 10
    assert set(endpoint.deliveries.values_list("state", "claimed_until")) == {("delivered", None), ("due", None)}
    asked.clear()
    receiver.otherwise = taken
    assert dispatch() == 30


def test_without_the_lease_nothing_is_sent(alice, listen, receiver):
    due(listen(alice, receiver.url))
    with lease("webhooks", seconds=600):
        assert dispatch() == 0
    assert receiver.got == []
    assert dispatch() == 1


def test_a_fast_endpoint_with_a_long_queue_is_drained_in_one_run(alice, listen, receiver):
    endpoint = listen(alice, receiver.url)
    due(endpoint, 500)
    assert dispatch() == 500
    assert delivered(endpoint) == 500
    assert len({each.headers["webhook-id"] for each in receiver.got}) == 500


def test_at_one_endpoint_never_more_are_under_way_than_it_is_promised(alice, listen, receiver, settings, beside):
    settings.WEBHOOK_PER_ENDPOINT = 3
    receiver.answers = [status(200)] * 20
    receiver.otherwise = hang
    due(listen(alice, receiver.url), 60)
    running = beside(dispatch)
    receiver.wait_for_held(3)
    assert len(receiver.got) == 23
    receiver.otherwise = taken
    receiver.release()
    assert running.result() == 60


def test_one_that_takes_all_but_slowly_has_no_more_in_hand_than_it_is_sent_at_once(
    alice, bob, listen, receiver, beside
):
    receiver.at["/slow"] = after(1.2)
    slow, good = listen(alice, f"{receiver.url}slow"), listen(bob, receiver.url)
    due(slow, 40)
    running = beside(dispatch)
    wait_until(lambda: delivered(slow) >= 10, "it has taken its first")
    [one] = due(good)
    wait_until(lambda: states(one) == ["delivered"], "the other's is delivered")
    assert slow.deliveries.filter(state="due", claimed_until__isnull=False).count() <= 10
    receiver.at["/slow"] = taken
    running.result()


def test_endpoints_that_all_hang_leave_places_for_the_others(alice, bob, listen, receiver, settings, beside):
    settings.WEBHOOK_UNDER_WAY = 40
    receiver.at["/slow"] = hang
    for _ in range(5):
        due(listen(alice, f"{receiver.url}slow"), 60)
    good = listen(bob, receiver.url)
    running = beside(dispatch)
    receiver.wait_for_held(23)  # half of the places, and one each
    due(good, 30)
    wait_until(partial(arrived, good, 30), "the other's are delivered")
    assert receiver.held < 40
    receiver.at["/slow"] = taken
    receiver.release()
    assert running.result() == 330
