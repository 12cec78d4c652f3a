"""Facts are written with what they tell of, and stay as they were written."""

import pytest
from django.db import connection, transaction

from events.announcing import announced
from events.models import Event
from events.operations import record
from events.queries import history
from kit import clock
from tests.breaking import refused_by

pytestmark = pytest.mark.django_db


@pytest.fixture
def event():
    """Return a fact."""
    return record(kind="order.placed", subject="order", subject_id=7, account_id=3, data={"order": "ord_1"})


def test_a_fact_is_kept_as_it_was_told(monkeypatch):
    monkeypatch.setattr(clock, "timestamp", lambda: 1_700_000_000.25)
    record(
        kind="order.placed",
        subject="order",
        subject_id=7,
        account_id=3,
        data={"charge": "0.90"},
        actor="api:np_live_4fKq",
        reason="because",
    )
    event = Event.objects.get()
    assert (event.kind, event.subject, event.subject_id, event.account_id) == ("order.placed", "order", 7, 3)
    assert (event.data, event.actor, event.reason) == ({"charge": "0.90"}, "api:np_live_4fKq", "because")
    assert (event.at.isoformat(), event.public_id) == ("2023-11-14T22:13:20.250000+00:00", None)


def test_only_an_announced_fact_has_a_public_id(event):
    assert event.public_id is None
    one, two = (record(kind="k", subject="s", subject_id=1, announce=True) for _ in range(2))
    assert None not in (one.public_id, two.public_id)
    assert one.public_id != two.public_id


def test_a_history_is_one_subjects_and_in_its_order(event):
    record(kind="order.placed", subject="order", subject_id=8)
    record(kind="order.completed", subject="order", subject_id=7)
    record(kind="account.created", subject="account", subject_id=7)
    assert [each.kind for each in history("order", 7)] == ["order.placed", "order.completed"]


def test_a_fact_of_what_was_rolled_back_is_not_kept():
    with transaction.atomic():
        record(kind="k", subject="s", subject_id=1)
        transaction.set_rollback(True)
    assert not Event.objects.exists()


def test_a_long_reason_is_cut_to_the_length_of_its_column():
    record(kind="k", subject="s", subject_id=1, reason="x" * 501)
    assert Event.objects.get().reason == "x" * 500


@pytest.mark.parametrize(
    "column",
    ["public_id", "kind", "account_id", "subject", "subject_id", "data", "actor", "reason", "at", "id"],
)
def test_the_panels_own_role_changes_no_column_of_a_fact(event, column):
    others = {
        "public_id": "'00000000-0000-0000-0000-000000000001'",
        "account_id": "NULL",
        "subject_id": "subject_id + 1",
        "id": "id + 1",
        "data": "'{}'",
        "at": "at + interval '1 s'",
    }
    with refused_by("event_append_only"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE events_event SET {column} = {others.get(column, repr('another'))}")
    assert list(Event.objects.all()) == [event]


def test_the_panels_own_role_deletes_no_fact(event):
    with refused_by("event_append_only"):
        Event.objects.all().delete()
    assert Event.objects.get() == event


def test_an_announced_fact_is_heard_of_within_the_transaction_that_writes_it():
    heard = []

    def hear(event, **kwargs):
        heard.append(
            (event.kind, Event.objects.filter(pk=event.pk).exists(), transaction.get_connection().in_atomic_block)
        )

    announced.connect(hear)
    try:
        record(kind="unheard", subject="s", subject_id=1)
        record(kind="heard", subject="s", subject_id=1, announce=True)
    finally:
        announced.disconnect(hear)
    assert heard == [("heard", True, True)]


def test_a_public_id_is_one_facts():
    public_id = record(kind="k", subject="s", subject_id=1, announce=True).public_id
    with refused_by("events_event_public_id_key"):
        Event.objects.create(kind="k", subject="s", subject_id=1, at=clock.now(), public_id=public_id)
    assert Event.objects.count() == 1
