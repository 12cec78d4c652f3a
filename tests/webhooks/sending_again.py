"""The operator has sent again what was delivered, given up, or waits; one, or all that failed since a moment."""

import threading
from datetime import timedelta
from functools import partial

import pytest
from django.db import connection, transaction

from accounts.models import ApiKey
from accounts.operations import revoke_key
from events.models import Event
from kit import clock
from tests.racing import PATIENCE, at_once
from tests.waiting import wait_until
from tests.webhooks.ended import deliveries, delivery, row
from webhooks.dispatching import dispatch
from webhooks.models import Delivery, Endpoint
from webhooks.operations import endpoints, resending
from webhooks.operations.resending import (
    BeingSent,
    DeliveryDropped,
    EndpointDisabled,
    EndpointRemoved,
    KeyEnded,
    resend_failed,
    send_again,
)
from webhooks.operations.testing import send_test

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BOB = "bob@panel.example"


@pytest.fixture
def now(monkeypatch):
    """Time that stands still."""
    at = clock.timestamp()
    monkeypatch.setattr(clock, "timestamp", lambda: at)
    return clock.now()


def disabled(endpoint):
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=clock.now(), disabled_because="gone")


def everything():
    return [list(model.objects.order_by("pk").values()) for model in (Delivery, Endpoint, Event)]


@pytest.mark.parametrize("state", ["delivered", "failed"])
def test_what_has_ended_is_due_now_with_its_whole_schedule_before_it(alice, listen, now, state):
    ended = delivery(listen(alice), state, ago=DAY)
    send_again(delivery_id=ended.pk, actor=BOB, reason="asked by mail")
    assert row(ended) == ("due", 0, now, None)
    told = Event.objects.get(kind="webhook.resent")
    assert (told.actor, told.reason, told.subject, told.account_id) == (BOB, "asked by mail", "webhook", alice.id)
    assert told.data == {
        "webhook": ended.endpoint.shown_id,
        "delivery": ended.pk,
        "event": "balance.low",
        "was": state,
    }


def test_what_waits_for_its_next_time_waits_no_longer_and_keeps_its_tries(alice, listen, now):
    waits = delivery(listen(alice), "due", due_at=now + DAY, tries=3)
    send_again(delivery_id=waits.pk, actor=BOB)
    assert row(waits) == ("due", 3, now, None)


def test_what_a_dead_worker_held_is_sent_again(alice, listen, now):
    held = delivery(listen(alice), "due", due_at=now + DAY, claimed_until=now - HOUR)
    send_again(delivery_id=held.pk, actor=BOB)
    assert row(held)[2] == now


@pytest.mark.django_db(transaction=True)
def test_what_is_sent_again_arrives_with_the_same_id_and_the_same_bytes(alice, listen, receiver):
    event = send_test(endpoint_id=listen(alice, receiver.url).pk)
    assert dispatch() == 1
    send_again(delivery_id=event.deliveries.get().pk, actor=BOB)
    assert dispatch() == 1
    first, second = receiver.got
    assert (second.body, second.headers["webhook-id"]) == (first.body, first.headers["webhook-id"])
    sent = event.deliveries.get()
    assert (sent.state, sent.tries, sent.attempts.count()) == ("delivered", 1, 2)


def refused(of, error, text):
    before = everything()
    with pytest.raises(error, match=text), transaction.atomic():
        send_again(delivery_id=of.pk, actor=BOB)
    assert everything() == before


def test_refuses_what_a_worker_holds_at_this_moment(alice, listen, now):
    held = delivery(listen(alice), "due", claimed_until=now + HOUR)
    refused(held, BeingSent, "^it is being sent at this moment: look again in a minute$")


def test_refuses_what_was_dropped(alice, listen):
    dropped = delivery(listen(alice), "dropped")
    refused(dropped, DeliveryDropped, "^it was dropped when its endpoint was removed or its API key revoked$")


def test_refuses_while_the_endpoint_is_disabled(alice, listen):
    failed = delivery(listen(alice))
    disabled(failed.endpoint)
    refused(failed, EndpointDisabled, r"^the endpoint is disabled \(it answered 410 Gone\): enable it first$")


def test_refuses_where_the_endpoint_was_removed(alice, listen):
    failed = delivery(listen(alice))
    endpoints.remove(endpoint_id=failed.endpoint_id)
    refused(failed, EndpointRemoved, "^the endpoint was removed: nothing is sent there any more$")


def test_refuses_where_the_key_is_revoked_or_has_expired(alice, bob, listen):
    failed, others = delivery(listen(alice)), delivery(listen(bob))
    revoke_key(key_id=failed.endpoint.api_key_id)
    ApiKey.objects.filter(pk=others.endpoint.api_key_id).update(expires_at=clock.now() - HOUR)
    for each in (failed, others):
        refused(each, KeyEnded, "^the endpoint's API key is revoked or has expired: nothing is sent there any more$")


def test_all_that_failed_since_a_moment_are_sent_again_and_nothing_else(alice, bob, listen, now, monkeypatch):
    monkeypatch.setattr(resending, "AT_ONCE", 2)
    endpoint, other = listen(alice), listen(bob)
    since = now - DAY
    wanted = [*deliveries(endpoint, 4, ago=HOUR), delivery(endpoint, ago=DAY)]
    left = [
        delivery(endpoint, ago=DAY + timedelta(seconds=1)),
        delivery(endpoint, "delivered", ago=HOUR),
        delivery(endpoint, "dropped", ago=HOUR),
        delivery(endpoint, "due", ago=HOUR),
        delivery(other, ago=HOUR),
    ]
    before = [row(each) for each in left]
    seen: list[int] = []

    done = resend_failed(endpoint_id=endpoint.pk, since=since, actor=BOB, reason="was down", progress=seen.append)

    assert (done, seen) == (5, [2, 4, 5])
    assert [row(each) for each in wanted] == [("due", 0, now, None)] * 5
    assert [row(each) for each in left] == before
    told = Event.objects.filter(kind="webhook.resent").order_by("id")
    assert [each.data["count"] for each in told] == [2, 2, 1]
    assert {(each.actor, each.reason, each.subject_id) for each in told} == {(BOB, "was down", endpoint.pk)}


def test_sending_all_again_twice_sends_them_once_and_says_so(alice, listen, now):
    endpoint = listen(alice)
    deliveries(endpoint, 3, ago=HOUR)
    assert [resend_failed(endpoint_id=endpoint.pk, since=now - DAY, actor=BOB) for _ in range(2)] == [3, 0]
    assert Event.objects.filter(kind="webhook.resent").count() == 1


def test_refuses_to_send_all_again_while_the_endpoint_is_disabled(alice, listen, now):
    endpoint = listen(alice)
    deliveries(endpoint, 3, ago=HOUR)
    disabled(endpoint)
    before = everything()
    with pytest.raises(EndpointDisabled):
        resend_failed(endpoint_id=endpoint.pk, since=now - DAY, actor=BOB)
    assert everything() == before


@pytest.mark.django_db(transaction=True)
def test_of_eight_who_send_all_again_at_once_each_delivery_is_one_s(alice, listen, monkeypatch):
    monkeypatch.setattr(resending, "AT_ONCE", 7)
    endpoint = listen(alice)
    deliveries(endpoint, 50, ago=HOUR)
    send = partial(resend_failed, endpoint_id=endpoint.pk, since=clock.now() - DAY, actor=BOB)
    assert sum(at_once(*[send] * 8)) == 50
    assert Delivery.objects.filter(state="due", tries=0).count() == 50


def somebody_waits_for_us():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return cursor.fetchone()[0]


def put_back_while_another_disables(failed, sql):
    """Put the delivery back by the statement while another transaction disables its endpoint and fails what is due."""
    done, disabling_it = threading.Event(), threading.Event()

    def disable():
        with transaction.atomic():
            disabled(failed.endpoint)
            Delivery.objects.filter(endpoint=failed.endpoint, state="due").update(state="failed", ended_at=clock.now())
            disabling_it.set()
            wait_until(lambda: done.is_set() or somebody_waits_for_us(), "the other is through, or held up")

    def put_back():
        assert disabling_it.wait(PATIENCE)
        with connection.cursor() as cursor:
            given = {"delivery": failed.pk, "endpoint": failed.endpoint_id, "now": clock.now()}
            cursor.execute(sql, given | {"may": ["due", "failed"]})
        done.set()

    assert at_once(disable, put_back) == [None, None]
    return row(failed)[0]


@pytest.mark.django_db(transaction=True)
def test_with_the_endpoint_not_held_one_is_put_behind_the_back_of_whoever_disables_it(alice, listen):
    """The control: the same statement without its hold on the endpoint."""
    unguarded = resending.SEND_AGAIN.replace("FOR SHARE OF e", "")
    assert put_back_while_another_disables(delivery(listen(alice)), unguarded) == "due"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_put_back_at_an_endpoint_that_is_just_being_disabled(alice, listen):
    assert put_back_while_another_disables(delivery(listen(alice)), resending.SEND_AGAIN) == "failed"
