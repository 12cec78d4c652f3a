"""Keys, accounts and tiers: what an operator or owner changes counts from the very next request."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

import accounts.operations
import kit.redis
from accounts import cached, keys
from accounts.models import ApiKey, Tier
from kit import records

pytestmark = pytest.mark.django_db(transaction=True)

INVALID = (400, {"error": "Invalid API key"})


@pytest.fixture
def answer(post):
    def ask(key: str, action: str = "balance", **environ):
        got = post(key=key, action=action, environ=environ)
        return got.status, got.json

    return ask


@pytest.fixture
def key(alice) -> ApiKey:
    return ApiKey.objects.get(account_id=alice.id)


GOOD = (200, {"balance": "100.00", "currency": "USD"})


def test_a_revoked_key_opens_nothing_from_the_next_request_on(answer, alice, key, held):
    assert answer(alice.key) == GOOD
    assert accounts.operations.revoke_key(key_id=key.pk)
    for minutes in range(90):
        assert answer(alice.key) == INVALID, minutes
        held.forward(60)


def test_a_regenerated_key_opens_by_its_new_value_alone_and_keeps_its_settings(answer, alice, key, post, held):
    accounts.operations.edit_key(key_id=key.pk, read_only=True)
    assert answer(alice.key) == GOOD
    _, value = accounts.operations.regenerate_key(key_id=key.pk)
    for minutes in range(90):
        assert answer(alice.key) == INVALID, minutes
        held.forward(60)
    assert answer(value) == GOOD
    assert answer(value, "add") == (403, {"error": "API key is read-only"})


def test_a_reader_that_was_slow_does_not_bring_a_revoked_key_back(answer, alice, key):
    read_before = cached.key_record(ApiKey.objects.select_related("account__tier").get(pk=key.pk))
    accounts.operations.revoke_key(key_id=key.pk)
    assert records.write(read_before) == 0
    assert answer(alice.key) == INVALID


def test_a_reader_that_was_slow_does_not_bring_a_regenerated_key_back(answer, alice, key, held):
    read_before = cached.key_record(ApiKey.objects.select_related("account__tier").get(pk=key.pk))
    accounts.operations.regenerate_key(key_id=key.pk)
    held.forward(31)  # the tombstone is believed for as long as it is kept, not for 30 s
    assert records.write(read_before) == 0
    assert answer(alice.key) == INVALID


def test_control_an_ended_key_that_is_forgotten_comes_back_with_a_slow_reader(answer, alice, key):
    assert answer(alice.key) == GOOD
    read_before = cached.key_record(ApiKey.objects.select_related("account__tier").get(pk=key.pk))
    accounts.operations.revoke_key(key_id=key.pk)
    kit.redis.cache().client.delete(cached.key_name(bytes(key.digest)))
    assert records.write(read_before) == 1
    assert answer(alice.key) == GOOD


def test_an_edited_key_counts_at_once(answer, alice, key, post):
    assert answer(alice.key) == GOOD
    accounts.operations.edit_key(key_id=key.pk, allowed_ips=["198.51.100.0/24"])
    assert answer(alice.key) == INVALID
    assert answer(alice.key, REMOTE_ADDR="198.51.100.4") == GOOD
    accounts.operations.edit_key(key_id=key.pk, allowed_ips=[], requests_per_minute=7)
    assert post(key=alice.key, action="nothing").headers["X-RateLimit-Limit"] == "7"
    accounts.operations.edit_key(key_id=key.pk, expires_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert answer(alice.key) == INVALID
    accounts.operations.edit_key(key_id=key.pk, expires_at=None)
    assert answer(alice.key) == GOOD


def test_a_suspension_counts_at_once_and_so_does_its_end(answer, alice):
    assert answer(alice.key) == GOOD
    accounts.operations.suspend(account_id=alice.id, reason="chargeback")
    assert answer(alice.key) == (403, {"error": "Account suspended"})
    accounts.operations.unsuspend(account_id=alice.id)
    assert answer(alice.key) == GOOD


def test_a_tier_reached_by_a_deposit_counts_at_once(post, alice):
    assert post(key=alice.key, action="nothing").headers["X-RateLimit-Tier-Remaining"] == "199"
    accounts.operations.deposit(account_id=alice.id, amount=Decimal("400"), reference="more")
    assert post(key=alice.key, action="nothing").headers["X-RateLimit-Tier-Remaining"] == "998"


def test_an_edited_tier_counts_at_once(post, alice):
    post(key=alice.key, action="nothing")
    tier = Tier.objects.get(name="Standard")
    tier.requests_per_minute = 20
    accounts.operations.edit_tier(tier=tier)
    assert post(key=alice.key, action="nothing").headers["X-RateLimit-Tier-Remaining"] == "18"


def test_a_new_key_opens_at_once(answer, alice):
    _, value = accounts.operations.issue_key(account_id=alice.id)
    assert keys.is_well_formed(value)
    assert answer(value) == GOOD
