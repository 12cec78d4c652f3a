"""What spends which limit, and that polling the balance spends none. Every test runs with Redis and without."""

import pytest

import kit.redis
from accounts import keys
from accounts.models import ApiKey, Tier
from tests.api_v2.conftest import limit_headers, told

pytestmark = pytest.mark.django_db
SPENT = (429, {"error": "Rate limit exceeded"})


@pytest.fixture(autouse=True)
def _counted_by_both(counting, held):
    """Every test of this file holds the clock, and runs with Redis and without."""


def test_a_suspended_account_spends_the_address_and_nothing_of_its_own(ask, alice, left_of_ip):
    ask(alice.key)
    type(alice.user).objects.filter(pk=alice.id).update(
        suspended_at="2026-01-01T00:00Z", suspended_reason="chargeback", version=9
    )
    forget_accounts()
    for _ in range(5):
        answer = ask(alice.key)
        assert (answer.status, answer.json) == (403, {"error": "Account suspended"})
        assert limit_headers(answer) == told(100, 99, 199)
    assert left_of_ip() == 300 - 6


def test_a_read_only_key_that_tries_to_order_has_spent_one(post, person):
    alice = person("alice", read_only=True)
    assert limit_headers(post(key=alice.key, action="add")) == told(100, 99, 199)


def test_a_batch_is_one_unit(post, alice):
    ids = ",".join(str(each) for each in range(100))
    assert limit_headers(post(key=alice.key, action="status", orders=ids)) == told(100, 99, 199)


def test_an_unknown_action_is_one_unit(post, alice):
    assert limit_headers(post(key=alice.key, action="nothing")) == told(100, 99, 199)


@pytest.mark.parametrize("action", ["status", "balance"])
def test_unknown_keys_are_counted_for_their_address_whatever_they_ask(post, action):
    made_up = keys.new_key()
    for used, key in enumerate(["", "malformed", made_up, made_up, keys.new_key()], start=1):
        answer = post(key=key, action=action)
        assert answer.json == {"error": "Invalid API key"}
        assert limit_headers(answer) == told(300, 300 - used)


def test_a_revoked_key_and_one_that_has_expired_are_counted_as_unknown(ask, person, held):
    alice = person("alice")
    ApiKey.objects.update(revoked_at="2026-01-01T00:00Z")
    assert limit_headers(ask(alice.key)) == told(300, 299)
    bob = person("bob", expires_at="2026-01-01T00:00Z")
    assert limit_headers(ask(bob.key)) == told(300, 298)


def test_polling_the_balance_spends_nothing(ask, post, alice, left_of_ip):
    ask(alice.key)
    for _ in range(20):
        answer = post(key=alice.key, action="balance")
        assert answer.json == {"balance": "100.00", "currency": "USD"}
        assert limit_headers(answer) == told(100, 99, 199)
    assert left_of_ip() == 299


def test_the_balance_answers_when_key_and_tier_are_spent(ask, post, alice):
    Tier.objects.update(requests_per_minute=100)
    for _ in range(101):
        last = ask(alice.key)
    assert last.status == 429
    answer = post(key=alice.key, action="balance")
    assert (answer.status, answer.json) == (200, {"balance": "100.00", "currency": "USD"})
    assert limit_headers(answer) == told(100, 0, 0)


def test_the_balance_has_a_ceiling_of_its_own_for_each_address(ask, post, alice, bob, held, settings, counting):
    ceiling = settings.RATE_LIMIT_BALANCE_IP
    assert ceiling == 3000
    if counting == "memory":  # where each poll is a look-up in the database
        ceiling = settings.RATE_LIMIT_BALANCE_IP = 300
    for _ in range(ceiling):
        answer = post(key=alice.key, action="balance")
    assert (answer.status, limit_headers(answer)) == (200, told(100, 100, 200))
    for key in (alice.key, bob.key):
        denied = post(key=key, action="balance")
        assert (denied.status, denied.json) == SPENT
        assert limit_headers(denied) == told(ceiling, 0, denied="ip")
    assert ask(alice.key).json == {"error": "Order not found"}  # the ceiling bounds polls alone
    assert post(key=alice.key, action="balance", environ={"REMOTE_ADDR": "203.0.113.2"}).status == 200
    held.forward(60)
    assert post(key=alice.key, action="balance").status == 200


def test_the_ceiling_of_balance_polls_can_be_lifted(post, alice, settings):
    settings.RATE_LIMIT_BALANCE_IP = None
    assert {post(key=alice.key, action="balance").status for _ in range(50)} == {200}


def forget_accounts() -> None:
    """Have the cache look accounts up again: a test's own transaction never commits, so nothing is written through."""
    if kit.redis.cache().up:
        for name in kit.redis.cache().client.scan_iter("a:*"):
            kit.redis.cache().client.hset(name, "u", 0)
