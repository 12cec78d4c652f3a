"""Each admitted request is noted once for its key, on the way through admission; what is refused is not."""

from datetime import timedelta

import pytest
import redis.connection

import accounts.operations
import kit.redis
from accounts import keys
from accounts.models import ApiKey, KeyUse, Tier
from kit import clock
from kit.redis import cache

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(alice):
    return ApiKey.objects.get(account_id=alice.id)


def noted():
    """What is noted now: {key: (requests, milliseconds of the last)}."""
    counts, times = (cache().client.hgetall(name) for name in ("use:n", "use:at"))
    assert counts.keys() == times.keys()
    return {int(key): (int(count), int(times[key])) for key, count in counts.items()}


def test_each_request_is_noted_once_with_the_time_of_the_last(ask, alice, bob, key, held):
    for _ in range(3):
        held.forward(1)
        ask(alice.key)
    ask(bob.key)
    other = ApiKey.objects.get(account_id=bob.id)
    assert noted() == {key.pk: (3, 1_800_000_003_250), other.pk: (1, 1_800_000_003_250)}


def test_what_is_refused_after_admission_was_a_request_all_the_same(post, alice, key):
    assert post(key=alice.key, action="no such").json == {"error": "Unknown action"}
    assert post(key=alice.key).status == 400
    assert noted()[key.pk][0] == 2


def test_polls_of_the_balance_are_noted(post, alice, key):
    for _ in range(3):
        assert post(key=alice.key, action="balance").status == 200
    assert noted()[key.pk][0] == 3


def test_a_batch_is_noted_once(post, alice, key):
    assert post(key=alice.key, action="status", orders="1,2,3,4,5").status == 200
    assert noted()[key.pk][0] == 1


@pytest.mark.parametrize("dialect", ["standard", "classic"])
def test_keys_of_both_dialects_are_noted(ask, person, dialect):
    alice = person("alice", dialect=dialect)
    ask(alice.key)
    assert [count for count, _ in noted().values()] == [1]


def test_nobodys_key_is_noted_nowhere(ask, post, alice):
    for value in ("", "np_live_x", keys.new_key(), alice.key[:-1]):
        assert ask(value).json == {"error": "Invalid API key"}
        assert post(key=value, action="balance").json == {"error": "Invalid API key"}
    assert noted() == {}


def test_a_key_that_opens_nothing_is_not_noted(ask, person, post, key, alice):
    accounts.operations.revoke_key(key_id=key.pk)
    expired = person("bob", expires_at=clock.now() - timedelta(seconds=1))
    elsewhere = person("carol", allowed_ips=["198.51.100.7"])
    for value in (alice.key, expired.key, elsewhere.key):
        assert ask(value).json == {"error": "Invalid API key"}
        assert post(key=value, action="balance").json == {"error": "Invalid API key"}
    assert noted() == {}


def test_a_suspended_accounts_key_is_not_noted(ask, post, alice):
    accounts.operations.suspend(account_id=alice.id, reason="chargeback")
    assert ask(alice.key).status == 403
    assert post(key=alice.key, action="balance").status == 403
    assert noted() == {}


def test_what_a_spent_limit_refuses_is_not_noted(ask, post, person, settings):
    alice = person("alice", requests_per_minute=2)
    assert [ask(alice.key).status for _ in range(4)] == [400, 400, 429, 429]
    assert [count for count, _ in noted().values()] == [2]
    assert post(key=alice.key, action="balance").status == 200
    assert [count for count, _ in noted().values()] == [3]

    Tier.objects.update(requests_per_minute=2)
    cache().client.flushdb()
    bob = person("bob")
    assert [ask(bob.key).status for _ in range(4)] == [400, 400, 429, 429]
    assert [count for count, _ in noted().values()] == [2]

    settings.RATE_LIMIT_IP = 1
    cache().client.flushdb()
    assert [ask(bob.key).status for _ in range(4)] == [400, 429, 429, 429]
    assert [count for count, _ in noted().values()] == [1]


def test_it_costs_no_round_trip(post, alice, monkeypatch):
    post(key=alice.key, action="balance")
    sent: list[object] = []
    send = redis.connection.AbstractConnection.send_packed_command

    def counted(self, *args, **kwargs):
        sent.append(args)
        return send(self, *args, **kwargs)

    monkeypatch.setattr(redis.connection.AbstractConnection, "send_packed_command", counted)
    assert post(key=alice.key, action="balance").status == 200
    assert len(sent) == 1


def test_without_redis_requests_go_on_and_are_not_noted(ask, alice, monkeypatch, dead_redis):
    with monkeypatch.context() as patch:
        patch.setattr(kit.redis, "_breaker", dead_redis)
        assert ask(alice.key).status == 400
    assert noted() == {}


def test_what_is_noted_is_what_is_written_down(ask, alice, key):
    for _ in range(3):
        ask(alice.key)
    assert accounts.operations.note_use() == 1
    assert KeyUse.objects.get().requests == 3
    key.refresh_from_db()
    assert key.last_used_at is not None
    assert key.last_used_at <= clock.now()
    assert noted() == {}
