"""What pages show of the limits is what admission counts: the very numbers of the headers, and nothing is spent."""

from datetime import timedelta

import pytest
import redis.connection

import accounts.operations
import kit.redis
from accounts.models import ApiKey, Tier
from api_v2.limits import Layer
from api_v2.usage import Usage, usage
from kit import clock
from kit.redis import cache
from tests.api_v2.conftest import limit_headers, told

pytestmark = pytest.mark.django_db
ENDS = 1_800_000_060_250  # the held clock and a minute


@pytest.fixture(autouse=True)
def _clock_stands(held):
    """Hold the clock for every test of this file."""


@pytest.fixture
def key(alice):
    return ApiKey.objects.get(account_id=alice.id)


def test_before_the_first_request_nothing_is_used(alice, key):
    assert usage(alice.id) == Usage({key.pk: Layer("key", 0, 100, ENDS)}, Layer("tier", 0, 200, ENDS))


def test_it_is_what_the_headers_say_and_asking_spends_nothing(ask, alice, bob, key, held):
    second, value = accounts.operations.issue_key(account_id=alice.id, requests_per_minute=150)
    for _ in range(3):
        ask(alice.key)
    held.forward(10)
    ask(value)
    ask(bob.key)

    for _ in range(5):
        assert usage(alice.id) == Usage(
            {key.pk: Layer("key", 3, 100, ENDS), second.pk: Layer("key", 1, 150, ENDS + 10_000)},
            Layer("tier", 4, 200, ENDS),
        )

    assert limit_headers(ask(alice.key)) == told(100, 96, 195)


def test_polls_of_the_balance_use_nothing(post, alice, key):
    post(key=alice.key, action="balance")
    assert usage(alice.id) == Usage({key.pk: Layer("key", 0, 100, ENDS)}, Layer("tier", 0, 200, ENDS))


def test_a_spent_key_and_tier_are_shown_as_spent(ask, alice, key, settings):
    settings.RATE_LIMIT_KEY = 2
    Tier.objects.update(requests_per_minute=2)
    for _ in range(5):
        ask(alice.key)
    now = usage(alice.id)
    assert now is not None
    assert (now.keys[key.pk].remaining, now.tier.remaining) == (0, 0)
    assert (now.keys[key.pk].used, now.tier.used) == (2, 2)


def test_a_window_that_has_ended_is_unused(ask, alice, key, held):
    ask(alice.key)
    held.forward(60)
    assert usage(alice.id) == Usage({key.pk: Layer("key", 0, 100, ENDS + 60_000)}, Layer("tier", 0, 200, ENDS + 60_000))


def test_what_is_off_has_no_limit(ask, person, settings):
    alice = person("alice", requests_per_minute=5)
    key = ApiKey.objects.get(account_id=alice.id)
    settings.RATE_LIMIT_KEY, settings.RATE_LIMIT_TIER = None, False
    ask(alice.key)
    assert usage(alice.id) == Usage({key.pk: Layer("key", 1, 0, ENDS)}, Layer("tier", 1, 0, ENDS))


def test_keys_that_have_ended_are_left_out(alice, key):
    accounts.operations.issue_key(account_id=alice.id, expires_at=clock.now() - timedelta(seconds=1))
    revoked, _ = accounts.operations.issue_key(account_id=alice.id)
    accounts.operations.revoke_key(key_id=revoked.pk)
    now = usage(alice.id)
    assert now is not None
    assert list(now.keys) == [key.pk]


def test_an_account_without_keys_has_its_tiers(alice, key):
    accounts.operations.revoke_key(key_id=key.pk)
    assert usage(alice.id) == Usage({}, Layer("tier", 0, 200, ENDS))


def test_ten_keys_are_read_in_one_round_trip_and_two_statements(alice, monkeypatch, django_assert_num_queries):
    for _ in range(9):
        accounts.operations.issue_key(account_id=alice.id)
    cache().client.ping()
    sent: list[object] = []
    send = redis.connection.AbstractConnection.send_packed_command

    def counted(self, *args, **kwargs):
        sent.append(args)
        return send(self, *args, **kwargs)

    monkeypatch.setattr(redis.connection.AbstractConnection, "send_packed_command", counted)
    with django_assert_num_queries(2):
        now = usage(alice.id)
    assert now is not None
    assert len(now.keys) == 10
    assert len(sent) == 1


def test_without_redis_nobody_knows(alice, monkeypatch, dead_redis):
    monkeypatch.setattr(kit.redis, "_breaker", dead_redis)
    assert usage(alice.id) is None


def test_an_account_that_there_is_not_has_no_usage(alice):
    with pytest.raises(Tier.DoesNotExist):
        usage(alice.id + 1000)
