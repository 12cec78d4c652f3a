"""What admission noted of keys' use is written down once: by key and day, and when each was used last."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings as panel
from django.db import OperationalError

import kit.redis
from accounts import tasks
from accounts.models import ApiKey, KeyUse
from accounts.operations import issue_key, note_use, revoke_key
from kit.redis import cache
from tests.racing import at_once

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(time):
    time.at = NOON.timestamp()


@pytest.fixture
def key(alice):
    return ApiKey.objects.get(account_id=alice.id)


def noted(key, requests, at=NOON):
    """What admission leaves in Redis; tests/api_v2/noting_use.py has it left by admission itself."""
    cache().client.hincrby("use:n", str(key.pk), requests)
    cache().client.hset("use:at", str(key.pk), int(at.timestamp() * 1000))


def rows():
    return list(KeyUse.objects.order_by("api_key", "day").values_list("api_key_id", "day", "requests"))


def test_requests_are_added_up_by_key_and_day(alice, bob, key, time):
    other = ApiKey.objects.get(account_id=bob.id)
    noted(key, 3)
    noted(other, 1)
    assert note_use() == 2
    noted(key, 4)
    assert note_use() == 1
    time.move(days=1)
    noted(key, 2, NOON + timedelta(days=1))
    assert note_use() == 1

    assert rows() == [
        (key.pk, date(2026, 3, 1), 7),
        (key.pk, date(2026, 3, 2), 2),
        (other.pk, date(2026, 3, 1), 1),
    ]


def test_what_was_written_down_is_not_noted_any_more(key):
    noted(key, 3)
    assert [note_use(), note_use()] == [1, 0]
    assert [requests for _, _, requests in rows()] == [3]
    assert cache().client.exists("use:n", "use:at") == 0


def test_requests_count_for_the_day_of_the_last_of_them(key, time):
    noted(key, 3, NOON)
    time.move(days=2)
    note_use()
    assert rows() == [(key.pk, date(2026, 3, 1), 3)]


def test_the_last_use_only_moves_forward_and_changes_nothing_else_of_the_key(key):
    before = ApiKey.objects.filter(pk=key.pk).values().get()
    assert before["last_used_at"] is None
    noted(key, 1, NOON)
    note_use()
    noted(key, 1, NOON - timedelta(minutes=5))
    note_use()
    assert ApiKey.objects.filter(pk=key.pk).values().get() == before | {"last_used_at": NOON}


def test_a_key_that_was_revoked_since_has_its_last_requests_all_the_same(key):
    noted(key, 2)
    revoke_key(key_id=key.pk)
    assert note_use() == 1
    assert rows() == [(key.pk, date(2026, 3, 1), 2)]


def test_a_key_that_there_is_not_takes_nothing_from_the_others(key):
    """An operator may bring back an older database beside a Redis that went on."""
    noted(ApiKey(pk=key.pk + 1000), 5)
    noted(key, 2)
    note_use()
    assert rows() == [(key.pk, date(2026, 3, 1), 2)]


@pytest.mark.parametrize("lost", ["use:n", "use:at"])
def test_where_redis_threw_half_of_it_away_the_other_half_is_written(key, lost):
    noted(key, 2)
    cache().client.delete(lost)
    note_use()
    assert rows() == ([] if lost == "use:n" else [(key.pk, date(2026, 3, 1), 2)])


def test_days_older_than_ninety_are_forgotten(key):
    for days in (90, 91):
        KeyUse.objects.create(api_key=key, day=NOON.date() - timedelta(days=days), requests=1)
    assert note_use() == 0
    assert rows() == [(key.pk, NOON.date() - timedelta(days=90), 1)]


def test_without_redis_there_is_nothing_to_write(key, monkeypatch):
    noted(key, 2)
    with monkeypatch.context() as patch:
        patch.setattr(kit.redis, "_breaker", kit.redis.Breaker("redis://127.0.0.1:9/0"))
        assert note_use() == 0
    assert rows() == []
    assert note_use() == 1


def test_with_postgresql_away_nothing_is_taken(key, monkeypatch):
    noted(key, 2)

    def away(*arguments, **options):
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr("django.db.backends.utils.CursorWrapper.execute", away)
        with pytest.raises(OperationalError):
            note_use()
    assert cache().client.hgetall("use:n") == {str(key.pk).encode(): b"2"}


def test_the_clock_has_it_done_every_minute(key):
    assert panel.CELERY_BEAT_SCHEDULE["accounts.note_use"]["schedule"] == 60
    noted(key, 1)
    assert tasks.note_use() == 1


@pytest.mark.django_db(transaction=True)
def test_written_down_by_four_at_once_each_request_is_there_once(alice):
    keys = [ApiKey.objects.get(account_id=alice.id)]
    keys += [issue_key(account_id=alice.id)[0] for _ in range(9)]

    def note_and_write():
        for each in keys:
            noted(each, 1)
        return note_use()

    for _ in range(5):
        results = at_once(*[note_and_write] * 4)
        assert all(isinstance(each, int) for each in results), results
    assert [requests for _, _, requests in rows()] == [20] * 10
    assert set(ApiKey.objects.values_list("last_used_at", flat=True)) == {NOON}
