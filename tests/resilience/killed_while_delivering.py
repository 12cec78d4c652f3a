"""The worker killed with SIGKILL, and Redis too, while thousands of events are on their way to a dozen receivers.

`EVENTS=5000` in the environment sends as many; without it 600.
"""

import os
from collections import Counter

import pytest

import accounts.operations
from kit import clock, ids
from tests.resilience.couriers import Couriers
from tests.waiting import wait_until
from tests.webhooks.conftest import locally
from tests.webhooks.receiver import Receiver, after, hang, taken
from webhooks.models import Attempt, Delivery
from webhooks.operations import endpoints
from webhooks.operations.testing import send_test

__all__ = ["locally"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.xdist_group("whole panels")]
EVENTS = int(os.environ.get("EVENTS", "600"))
ENDPOINTS, PER_KEY = 12, 5
UNDER_WAY = 40  # messages that came and are not answered when the worker is killed the first time, at least
EACH_TAKES, LONG = 0.02, 0.2  # seconds for a receiver to answer


@pytest.fixture
def couriers(db):
    """A worker and a clock at work."""
    with Couriers() as couriers:
        yield couriers


@pytest.fixture
def listening(alice, locally, receiver):
    """A dozen endpoints of alice's, each a path of the receiver's."""
    receiver.otherwise = after(EACH_TAKES, taken)
    made = []
    for number in range(ENDPOINTS):
        if number % PER_KEY == 0:
            key, _ = accounts.operations.issue_key(account_id=alice.id, name=f"key {number}")
        endpoint, _ = endpoints.add(api_key_id=key.pk, url=f"{receiver.url}{number}")
        made.append(endpoint)
    return made


@pytest.fixture
def receiver():
    """One that outlives the worker."""
    with Receiver() as receiver:
        yield receiver


class Stream:
    """Events for all endpoints in turn, each for one of them."""

    def __init__(self, listening):
        self._listening = listening
        self.path_of = {}  # by webhook-id

    def write(self, upto):
        """Write events until there are so many."""
        while len(self.path_of) < upto:
            endpoint = self._listening[len(self.path_of) % ENDPOINTS]
            event = send_test(endpoint_id=endpoint.pk)
            assert event.public_id
            self.path_of[ids.shown("evt", event.public_id)] = "/" + endpoint.url.rpartition("/")[2]


def kill_and_start_again(couriers):
    """Kill the worker, let the time pass in which nobody takes up what it had in hand, and start another."""
    couriers.kill("worker")
    in_hand = Delivery.objects.filter(claimed_until__isnull=False).update(claimed_until=clock.now())
    couriers.end_leases()
    couriers.start("worker")
    return in_hand


def test_killed_twice_and_redis_once_every_event_arrives_and_what_comes_again_has_its_webhook_id(
    couriers, listening, receiver
):
    stream = Stream(listening)
    stream.write(EVENTS // 2)
    receiver.wait_for(EVENTS // 10)

    # Killed while receivers have messages and have not answered: these at least come again.
    receiver.otherwise = hang
    stream.write(EVENTS // 2 + 2 * UNDER_WAY)
    receiver.wait_for_held(UNDER_WAY)
    # From here on each takes long enough to be struck while it is on its way.
    receiver.otherwise = after(LONG, taken)
    unanswered = receiver.held
    in_hand = kill_and_start_again(couriers)
    assert in_hand >= unanswered >= UNDER_WAY

    stream.write(EVENTS * 3 // 4)
    wait_until(lambda: receiver.unanswered, "something is on its way")
    couriers.restart_redis()

    stream.write(EVENTS)
    wait_until(lambda: receiver.unanswered, "something is on its way")
    in_hand += kill_and_start_again(couriers)

    wait_until(lambda: not Delivery.objects.filter(state="due").exists(), "everything has come to its end")
    assert_all_arrived(stream, receiver, unanswered, in_hand)


def assert_all_arrived(stream, receiver, unanswered, in_hand):
    """Each event at its endpoint, once or more, always with its own id and body; each recorded as delivered once."""
    came = Counter(got.headers["webhook-id"] for got in receiver.got)
    again = sum(came.values()) - len(came)
    report = f"{EVENTS} events, {in_hand} in hand when the worker was killed, {again} of them came again"
    print(report)
    assert set(came) == set(stream.path_of), report
    assert unanswered <= again <= in_hand, report
    assert {(got.headers["webhook-id"], got.path) for got in receiver.got} == set(stream.path_of.items()), report
    assert len({(got.headers["webhook-id"], got.body) for got in receiver.got}) == EVENTS, report
    states = Counter(Delivery.objects.values_list("state", flat=True))
    assert states == {"delivered": EVENTS}, report
    taken_once = Counter(Attempt.objects.filter(status=204).values_list("delivery_id", flat=True))
    assert len(taken_once) == EVENTS, report
