"""What is older than WEBHOOK_KEEP_DAYS is removed, in batches; what is not, and what is still due, stays."""

from datetime import timedelta

import pytest
from django.db import connection, transaction

from events.models import Event
from kit import clock, stopping
from tests.racing import at_once
from tests.webhooks.ended import attempt, deliveries, delivery
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.operations import endpoints, tidying_up
from webhooks.operations.resending import send_again
from webhooks.tasks import tidy_up

pytestmark = pytest.mark.django_db
KEPT, OVER = timedelta(days=29, hours=23), timedelta(days=30, hours=1)


def left():
    return set(Delivery.objects.values_list("pk", flat=True)), set(Attempt.objects.values_list("pk", flat=True))


def test_old_attempts_and_deliveries_that_ended_are_removed_and_events_stay(alice, listen):
    endpoint = listen(alice)
    old = [delivery(endpoint, state, ago=OVER) for state in ("delivered", "failed", "dropped")]
    young = [delivery(endpoint, state, ago=KEPT) for state in ("delivered", "failed", "dropped")]
    attempt(old[0], ago=OVER)
    kept = attempt(young[0], ago=KEPT)
    told = Event.objects.count()
    assert tidy_up() == 4
    assert left() == ({each.pk for each in young}, {kept.pk})
    assert Event.objects.count() == told
    assert tidy_up() == 0


def test_what_is_due_is_never_removed_however_old(alice, listen):
    endpoint = listen(alice)
    due = delivery(endpoint, "due", ago=2 * OVER)
    again = delivery(endpoint, "failed", ago=2 * OVER)
    send_again(delivery_id=again.pk, actor="bob@panel.example")
    assert tidy_up() == 0
    assert left()[0] == {due.pk, again.pk}


def test_a_delivery_with_younger_attempts_stays_with_them(alice, listen):
    old = delivery(listen(alice), "failed", ago=OVER)
    attempt(old, ago=OVER)
    young = attempt(old, ago=KEPT)
    assert tidy_up() == 1
    assert left() == ({old.pk}, {young.pk})


def test_it_removes_in_batches_until_nothing_is_left(alice, listen, monkeypatch):
    monkeypatch.setattr(tidying_up, "AT_ONCE", 3)
    for each in deliveries(listen(alice), 8, ago=OVER):
        attempt(each, ago=OVER)
    seen: list[int] = []
    assert tidying_up.tidy_up(progress=seen.append) == 16
    assert seen == [3, 6, 8, 11, 14, 16]
    assert left() == (set(), set())


def test_it_stops_when_its_time_is_over_and_goes_on_the_next_time(alice, listen, monkeypatch):
    monkeypatch.setattr(tidying_up, "AT_ONCE", 3)
    deliveries(listen(alice), 8, ago=OVER)
    begun = clock.timestamp()
    with monkeypatch.context() as patch:
        at = [begun]
        patch.setattr(clock, "timestamp", lambda: at[0])

        def a_minute_passes(done):
            at[0] += 40

        # Nought attempts after 40 s, three deliveries after 80 s: the minute is over.
        assert tidying_up.tidy_up(progress=a_minute_passes) == 3
    assert tidying_up.tidy_up() == 5


def test_it_stops_when_the_worker_is_asked_to(alice, listen, monkeypatch):
    deliveries(listen(alice), 2, ago=OVER)
    monkeypatch.setattr(stopping, "asked", lambda: True)
    assert tidying_up.tidy_up() == 0
    assert len(left()[0]) == 2


def test_an_old_secret_is_forgotten_once_it_signs_no_more(alice, bob, listen, monkeypatch):
    lapsed, live = listen(alice), listen(bob)
    for each in (lapsed, live):
        endpoints.rotate_secret(endpoint_id=each.pk)
    Endpoint.objects.filter(pk=lapsed.pk).update(old_secret_until=clock.now() - timedelta(seconds=1))
    tidying_up.tidy_up()
    lapsed.refresh_from_db()
    live.refresh_from_db()
    assert (lapsed.old_secret_encrypted, lapsed.old_secret_until) == ("", None)
    assert live.old_secret_encrypted


@pytest.mark.django_db(transaction=True)
def test_two_at_once_remove_everything_once(alice, listen, monkeypatch):
    monkeypatch.setattr(tidying_up, "AT_ONCE", 5)
    for each in deliveries(listen(alice), 40, ago=OVER):
        attempt(each, ago=OVER)
    done = at_once(tidying_up.tidy_up, tidying_up.tidy_up)
    assert all(isinstance(each, int) for each in done), done
    done.append(tidying_up.tidy_up())  # what one held while the other came to its end
    assert sum(done) == 80
    assert left() == (set(), set())


@pytest.mark.django_db(transaction=True)
def test_what_is_being_sent_again_at_that_moment_is_passed_over(alice, listen):
    again, _ = deliveries(listen(alice), 2, ago=OVER)
    with transaction.atomic():
        send_again(delivery_id=again.pk, actor="bob@panel.example")
        assert at_once(tidying_up.tidy_up) == [1]
    assert left()[0] == {again.pk}
    assert tidying_up.tidy_up() == 0


@pytest.mark.parametrize("statement", [tidying_up.ATTEMPTS, tidying_up.DELIVERIES])
def test_what_is_old_is_found_by_an_index(alice, listen, statement):
    endpoint = listen(alice)
    with connection.cursor() as cursor:
        for each in deliveries(endpoint, 200, ago=KEPT):
            attempt(each, ago=KEPT)
        cursor.execute("ANALYZE webhooks_delivery, webhooks_attempt")
        cursor.execute(f"EXPLAIN {statement}", {"before": clock.now() - OVER, "most": tidying_up.AT_ONCE})
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "_to_tidy_up" in plan, plan


def test_the_secrets_of_a_removed_endpoint_are_forgotten(alice, listen):
    removed, kept = listen(alice), listen(alice)
    endpoints.rotate_secret(endpoint_id=removed.pk)
    endpoints.remove(endpoint_id=removed.pk)
    tidy_up()
    removed.refresh_from_db()
    kept.refresh_from_db()
    assert (removed.secret_encrypted, removed.old_secret_encrypted, removed.old_secret_until) == ("", "", None)
    assert kept.secret_encrypted
