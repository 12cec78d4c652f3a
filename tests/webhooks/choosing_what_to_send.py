"""What is claimed, and what is ended without being sent: endpoints removed or disabled, keys that have ended."""

from datetime import timedelta

import pytest

from accounts.models import ApiKey
from alerts.models import Alert
from events.models import Event
from kit import clock, encryption
from tests.webhooks.due import due, states, statuses, taken
from webhooks import signing, tasks
from webhooks.dispatching import dispatch
from webhooks.models import Delivery
from webhooks.operations import claiming, endpoints
from webhooks.operations.disabling import disable, enable
from webhooks.operations.endpoints import rotate_secret
from webhooks.operations.testing import send_test
from webhooks.states import Disabled

pytestmark = pytest.mark.django_db


def test_nothing_is_claimed_before_its_time(alice, listen, time):
    due(listen(alice), due_at=clock.now() + timedelta(seconds=1))
    assert not claiming.waiting()
    assert taken() == []
    time.move(seconds=1)
    assert claiming.waiting()
    assert len(taken()) == 1


def test_each_endpoint_gives_its_oldest_up_to_its_room(alice, bob, listen, time):
    alices, bobs = listen(alice), listen(bob)
    newer, older = due(alices, 5), due(alices, 5, due_at=clock.now() - timedelta(hours=1))
    theirs = due(bobs, 2)
    claimed = {each.message.delivery_id for each in taken(room=5)}
    assert claimed == {each.pk for each in older + theirs}
    assert taken(room=5, rooms={alices.pk: (5, 5)}) == []
    assert {each.message.delivery_id for each in taken(rooms={alices.pk: (8, 5)})} < {each.pk for each in newer}


def test_a_claim_goes_on_where_the_one_before_stopped(alice, bob, listen, time):
    alices, bobs = listen(alice), listen(bob)
    due(alices, 5)
    due(bobs, 5)
    first = claiming.claim(most=3, room=5, rooms={}, after=0)
    assert (first.rows, first.last_endpoint) == (3, alices.pk)
    second = claiming.claim(most=3, room=5, rooms={}, after=first.last_endpoint)
    assert {each.message.endpoint_id for each in second.claimed} == {bobs.pk}


def test_what_is_to_be_posted_is_whole_and_signed_by_both_secrets_while_both_are_valid(alice, listen, time):
    endpoint = listen(alice)
    old = encryption.decrypt(endpoint.secret_encrypted)
    new = endpoints.rotate_secret(endpoint_id=endpoint.pk)
    due(endpoint, body='{"é": 1}')
    [claimed] = taken()
    message = claimed.message
    assert message.keys == (signing.signing_key(new), signing.signing_key(old))
    assert (message.url, message.body) == (endpoint.url, '{"é": 1}'.encode())
    assert message.event_id.startswith("evt_")
    assert clock.timestamp() < message.start_by < claimed.claimed_until.timestamp()
    time.move(hours=24, seconds=1)
    [claimed] = taken()
    assert claimed.message.keys == (signing.signing_key(new),)


ENDS = {
    "removed": lambda endpoint: endpoints.remove(endpoint_id=endpoint.pk),
    "its row removed": lambda endpoint: endpoint.__class__.objects.update(removed_at=clock.now()),
    "its key revoked": lambda endpoint: ApiKey.objects.update(revoked_at=clock.now()),
    "its key expired": lambda endpoint: ApiKey.objects.update(expires_at=clock.now()),
}


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS.keys())
def test_what_is_for_an_endpoint_that_ended_is_dropped_and_not_sent(end, alice, listen, receiver, time):
    endpoint = listen(alice, receiver.url)
    waiting, later = due(endpoint, 3), due(endpoint, due_at=clock.now() + timedelta(hours=1))
    end(endpoint)
    assert taken() == []
    assert not claiming.waiting()
    assert dispatch() == 0
    tasks.close_unwanted()
    assert states(*waiting, *later) == ["dropped"] * 4
    assert receiver.got == []


def test_a_key_that_has_not_expired_yet_is_as_good_as_any(alice, listen, receiver, time):
    endpoint = listen(alice, receiver.url)
    ApiKey.objects.update(expires_at=clock.now() + timedelta(seconds=1))
    due(endpoint)
    assert dispatch() == 1


def test_a_disabled_endpoint_gets_nothing_but_the_tests_that_are_asked_for(alice, listen, receiver, time):
    endpoint = listen(alice, receiver.url)
    deliveries = due(endpoint, 3)
    assert disable(endpoint_id=endpoint.pk, because=Disabled.OPERATOR)
    assert states(*deliveries) == ["failed"] * 3
    Delivery.objects.update(state="due", ended_at=None)  # as a longer queue leaves them
    assert taken() == []
    time.move(seconds=1)
    send_test(endpoint_id=endpoint.pk)
    assert tasks.close_unwanted() == 3
    assert dispatch() == 1
    assert states(*deliveries) == ["failed"] * 3
    [got] = receiver.got
    assert b"webhook.test" in got.body
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == Disabled.OPERATOR


def test_a_long_queue_of_an_endpoint_that_ended_is_dropped_in_one_go(alice, listen, time):
    endpoint = listen(alice)
    due(endpoint, claiming.MOST_CLOSED + 10)
    endpoint.__class__.objects.update(removed_at=clock.now())
    assert tasks.close_unwanted() == claiming.MOST_CLOSED + 10
    assert set(Delivery.objects.values_list("state", "said")) == {("dropped", "the endpoint was removed")}


def test_disabling_and_enabling_are_each_done_once_and_noted(alice, listen, time):
    endpoint = listen(alice)
    secret = endpoint.secret_encrypted
    assert not enable(endpoint_id=endpoint.pk)
    assert disable(endpoint_id=endpoint.pk, because=Disabled.OPERATOR, actor="op@example.com", reason="asked")
    assert not disable(endpoint_id=endpoint.pk, because=Disabled.GONE)
    endpoint.refresh_from_db()
    assert endpoint.disabled_because == Disabled.OPERATOR
    endpoint.failures, endpoint.failing_since, endpoint.resting_until = 11, clock.now(), clock.now()
    endpoint.owner_told_at = endpoint.owner_claimed_at = clock.now()
    endpoint.save()
    assert enable(endpoint_id=endpoint.pk, actor="op@example.com", reason="mended")
    endpoint.refresh_from_db()
    assert endpoint.secret_encrypted == secret
    assert (endpoint.disabled_at, endpoint.disabled_because, endpoint.failures) == (None, "", 0)
    assert (endpoint.failing_since, endpoint.resting_until) == (None, None)
    assert (endpoint.owner_told_at, endpoint.owner_claimed_at) == (None, None)
    told = Event.objects.filter(kind__in=["webhook.disabled", "webhook.enabled"]).order_by("id")
    data = {"webhook": endpoint.shown_id, "url": endpoint.url}
    assert list(told.values_list("kind", "subject", "subject_id", "account_id", "data", "actor", "reason")) == [
        ("webhook.disabled", "webhook", endpoint.pk, alice.id, data, "op@example.com", "asked"),
        ("webhook.enabled", "webhook", endpoint.pk, alice.id, data, "op@example.com", "mended"),
    ]


def test_a_secret_that_cannot_be_read_keeps_its_own_endpoint_waiting_and_nobody_else(
    alice, bob, listen, receiver, time
):
    broken, good = listen(alice, f"{receiver.url}broken"), listen(bob, receiver.url)
    broken.__class__.objects.filter(pk=broken.pk).update(secret_encrypted="gAAAA-not-ours")
    [waiting], [sent] = due(broken), due(good)
    assert dispatch() == 1
    assert states(waiting, sent) == ["due", "delivered"]
    waiting.refresh_from_db()
    assert (waiting.tries, waiting.claimed_until, statuses(waiting)) == (0, None, [])
    alert = Alert.objects.get()
    assert (alert.kind, alert.subject_id, alert.cleared_at) == ("webhooks.unreadable_secret", broken.pk, None)
    assert broken.shown_id in alert.text
    assert dispatch() == 0

    rotate_secret(
        endpoint_id=broken.pk, actor="bob"
    )  # as the alert says: the old one, which nobody can read, is let be
    time.move(seconds=60)
    assert dispatch() == 1
    assert states(waiting) == ["delivered"]
    alert.refresh_from_db()
    assert alert.cleared_at == clock.now()
