"""Many workers at once send no attempt twice, beside what they do to each other with the guard off."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction

import events.operations
from tests.racing import PATIENCE, at_once
from tests.webhooks.due import came_to, due, taken
from webhooks.dispatching import Run
from webhooks.models import Attempt, Delivery
from webhooks.operations import claiming, endpoints
from webhooks.operations.disabling import disable
from webhooks.operations.recording import record
from webhooks.states import Disabled

pytestmark = pytest.mark.django_db(transaction=True)
WORKERS = 4


def test_with_the_guard_off_every_worker_claims_all_of_it(alice, listen):
    """The control: look what is due, then claim it, as a program without the guard would."""
    due(listen(alice), 20)
    everyone_has_looked = threading.Barrier(WORKERS)

    def claim_unguarded():
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM webhooks_delivery WHERE state = 'due' AND claimed_until IS NULL")
            found = [delivery for (delivery,) in cursor.fetchall()]
            everyone_has_looked.wait(PATIENCE)
            cursor.execute("UPDATE webhooks_delivery SET claimed_until = now() WHERE id = ANY(%s)", [found])
        return found

    claimed = Counter(each for found in at_once(*[claim_unguarded] * WORKERS) for each in found)
    assert list(claimed.values()) == [WORKERS] * 20


def test_claims_at_once_share_what_is_due(alice, bob, listen):
    deliveries = due(listen(alice), 300) + due(listen(bob), 300)

    def claim_all():
        mine = []
        while some := taken(most=20, room=10):
            mine += [each.message.delivery_id for each in some]
        return mine

    found = at_once(*[claim_all] * WORKERS)
    assert sorted(each for mine in found for each in mine) == sorted(each.pk for each in deliveries)


def test_four_runs_at_once_send_each_of_some_hundreds_once(alice, bob, listen, receiver):
    deliveries = due(listen(alice, receiver.url), 200) + due(listen(bob, receiver.url), 200)
    made = at_once(*[lambda: Run(until=float("inf")).work()] * WORKERS)
    assert sum(made) == 400
    sent = Counter(each.headers["webhook-id"] for each in receiver.got)
    assert (len(sent), set(sent.values())) == (400, {1})
    assert set(Delivery.objects.values_list("state", "tries", "claimed_until")) == {("delivered", 1, None)}
    assert sorted(Attempt.objects.values_list("delivery", flat=True)) == sorted(each.pk for each in deliveries)


def test_outcomes_of_one_endpoint_recorded_at_once_are_all_counted(alice, listen):
    """Recorders meet at the endpoint's row, and at rows of each other's in another order: none gives up."""
    endpoint = listen(alice)
    due(endpoint, 8 * 25)
    claimed = taken()
    parts = [claimed[number::8] for number in range(8)]
    parts[1::2] = [list(reversed(part)) for part in parts[1::2]]
    done = at_once(*[lambda part=part: record([came_to(each, 500) for each in part]) for part in parts])
    assert done == [None] * 8
    endpoint.refresh_from_db()
    assert endpoint.failures == 200
    assert Attempt.objects.count() == 200
    assert not Delivery.objects.filter(claimed_until__isnull=False).exists()


def test_recording_disabling_and_removing_at_once_wait_for_each_other_and_all_come_through(alice, bob, listen):
    """Whoever takes an endpoint and its deliveries takes the endpoint first: none of them is refused by a deadlock."""
    for _ in range(5):
        one, other = listen(alice), listen(bob)
        due(one, 40)
        due(other, 40)
        claimed = taken()
        parts = [claimed[number::4] for number in range(4)]
        calls: list[Callable[[], Any]] = [partial(record, [came_to(each, 500) for each in part]) for part in parts]
        calls.append(partial(disable, endpoint_id=one.pk, because=Disabled.OPERATOR))
        calls.append(partial(endpoints.remove, endpoint_id=other.pk))
        done = at_once(*calls, claiming.close_unwanted)
        assert [each for each in done if isinstance(each, Exception)] == []
        claiming.close_unwanted()
        assert set(one.deliveries.values_list("state", flat=True)) == {"failed"}
        assert set(other.deliveries.values_list("state", flat=True)) == {"dropped"}
        endpoints.remove(endpoint_id=one.pk)


def test_a_fact_written_while_the_endpoint_is_being_disabled_is_not_sent_there(alice, listen):
    """It did not see yet that it is: its delivery is younger than that, as a test's is."""
    endpoint = listen(alice)
    disabling, told = threading.Event(), threading.Event()

    @transaction.atomic
    def disable_slowly():
        disable(endpoint_id=endpoint.pk, because=Disabled.GONE)
        disabling.set()
        assert told.wait(PATIENCE)

    def tell():
        assert disabling.wait(PATIENCE)
        events.operations.record(
            kind="balance.low",
            subject="account",
            subject_id=alice.id,
            account_id=alice.id,
            data={"balance": "1", "threshold": "10", "currency": "USD"},
            announce=True,
        )
        told.set()

    assert at_once(disable_slowly, tell) == [None, None]
    assert (claiming.waiting(), taken()) == (False, [])
    assert claiming.close_unwanted() == 1
    assert list(endpoint.deliveries.values_list("state", "said")) == [("failed", "the endpoint was disabled")]
