"""What admission reads of keys, accounts and tiers: by version, and an end that nothing late undoes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction

from accounts import cached, keys
from accounts.models import ApiKey, Tier, User
from accounts.operations import deposit, edit_key, edit_tier, issue_key, pin_tier, regenerate_key, revoke_key, suspend
from kit import clock, records
from kit.redis import cache

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def key(alice):
    return ApiKey.objects.get(account_id=alice.id)


def read(name):
    """Return a cached record."""
    pairs: dict[bytes, bytes] = cache().client.hgetall(name)  # type: ignore[assignment]
    return {field.decode(): value.decode() for field, value in pairs.items()}


def of_key(value):
    return read(cached.key_name(keys.digest(value)))


def test_a_filled_record_says_all_of_a_key(alice):
    expires = clock.now() + timedelta(hours=1)
    row, value = issue_key(
        account_id=alice.id, read_only=True, allowed_ips=["203.0.113.0/24"], requests_per_minute=9, expires_at=expires
    )
    assert records.write(cached.key_record(row)) == 1
    record = of_key(value)
    assert int(record.pop("u")) > clock.milliseconds()
    assert record == {
        "v": "1",
        "account": str(alice.id),
        "id": str(row.pk),
        "prefix": value[:12],
        "dialect": "standard",
        "ro": "1",
        "ips": "00000000000000000000ffffcb007100-00000000000000000000ffffcb0071ff",
        "rpm": "9",
        "exp": str(int(expires.timestamp() * 1000)),
        "ended": "0",
    }


def test_an_edit_is_written_through_and_a_late_filler_does_not_undo_it(alice, key):
    late = cached.key_record(key)
    edit_key(key_id=key.pk, read_only=True)
    assert of_key(alice.key)["ro"] == "1"
    assert records.write(late) == 0
    assert of_key(alice.key)["ro"] == "1"


def test_a_new_expiry_is_written_through_and_a_late_filler_does_not_undo_it(alice, key):
    late = cached.key_record(key)
    now = clock.now()
    edit_key(key_id=key.pk, expires_at=now)
    assert of_key(alice.key)["exp"] == str(int(now.timestamp() * 1000))
    assert records.write(late) == 0
    assert of_key(alice.key)["exp"] == str(int(now.timestamp() * 1000))


def test_a_revocation_leaves_a_tombstone_that_wins_over_a_late_filler(alice, key):
    late = cached.key_record(key)
    revoke_key(key_id=key.pk)
    assert (of_key(alice.key)["ended"], of_key(alice.key)["v"]) == ("1", "2")
    assert records.write(late) == 0
    assert of_key(alice.key)["ended"] == "1"


def test_a_revocation_overwrites_what_was_cached(alice, key):
    assert records.write(cached.key_record(key)) == 1
    revoke_key(key_id=key.pk)
    assert of_key(alice.key)["ended"] == "1"


def test_a_revoked_keys_own_row_says_that_it_has_ended(alice, key):
    revoke_key(key_id=key.pk)
    cache().client.flushdb()
    assert records.write(cached.key_record(ApiKey.objects.get(pk=key.pk))) == 1
    assert of_key(alice.key)["ended"] == "1"


def test_the_old_value_of_a_regenerated_key_is_a_tombstone_that_wins_over_a_late_filler(alice, key):
    late = cached.key_record(key)
    _, new = regenerate_key(key_id=key.pk)
    assert of_key(alice.key)["ended"] == "1"
    assert records.write(late) == 0
    assert of_key(alice.key)["ended"] == "1"
    assert of_key(new) == {}


def test_a_tombstone_outlives_the_validity_of_what_a_late_filler_writes(alice, key):
    revoke_key(key_id=key.pk)
    assert cache().client.pttl(cached.key_name(keys.digest(alice.key))) > 1000 * 60 * 30


def test_a_value_that_was_never_issued_is_remembered_for_a_minute():
    digest = keys.digest(keys.new_key())
    assert records.write(cached.ended_record(digest)) == 1
    assert 0 < cache().client.pttl(cached.key_name(digest)) <= 60_000


def test_a_key_that_was_thought_unknown_replaces_that(alice, key):
    records.write(cached.ended_record(bytes(key.digest)))
    assert records.write(cached.key_record(key)) == 1
    assert of_key(alice.key)["ended"] == "0"


@pytest.mark.parametrize("change", [revoke_key, regenerate_key, lambda key_id: edit_key(key_id=key_id, read_only=True)])
def test_a_change_that_is_rolled_back_is_never_cached(alice, key, change):
    records.write(cached.key_record(key))
    before = of_key(alice.key)
    with transaction.atomic():
        change(key_id=key.pk)
        transaction.set_rollback(True)
    assert of_key(alice.key) == before


def test_a_suspension_wins_over_a_late_filler(alice):
    late = cached.account_record(User.objects.get(pk=alice.id))
    suspend(account_id=alice.id, reason="r")
    assert records.write(late) == 0
    assert read(f"a:{alice.id}")["suspended"] == "1"


def test_a_tier_that_was_reached_wins_over_a_late_filler(alice):
    late = cached.account_record(User.objects.get(pk=alice.id))
    deposit(account_id=alice.id, amount=Decimal(400), reference="r")
    assert records.write(late) == 0
    assert read(f"a:{alice.id}")["tier"] == str(Tier.objects.get(name="Reseller").pk)


def test_another_tier_wins_over_a_late_filler(alice):
    late = cached.account_record(User.objects.get(pk=alice.id))
    agency = Tier.objects.get(name="Agency")
    pin_tier(account_id=alice.id, tier_id=agency.pk, pinned=True, actor="op")
    assert records.write(late) == 0
    assert read(f"a:{alice.id}")["tier"] == str(agency.pk)


def test_an_edited_tier_wins_over_a_late_filler(tiers):
    tier = Tier.objects.get(name="Standard")
    late = cached.tier_record(tier)
    tier.requests_per_minute = 7
    edit_tier(tier=tier)
    assert records.write(late) == 0
    assert read(f"t:{tier.pk}")["rpm"] == "7"
