"""An account's keys and what each was used, as its pages show them."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import ApiKey, KeyUse
from accounts.operations import issue_key, revoke_key
from accounts.queries import KeyUsed, key_of, keys_of, use_of_keys

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(time):
    time.at = NOON.timestamp()


@pytest.fixture
def key(alice):
    return ApiKey.objects.get(account_id=alice.id)


def test_active_keys_come_as_they_were_made_and_then_the_latest_revoked(alice, bob, key, time):
    second, third, fourth = (issue_key(account_id=alice.id)[0] for _ in range(3))
    for each in (key, third):
        time.move(minutes=1)
        revoke_key(key_id=each.pk)
    assert list(keys_of(alice.id)) == [second, fourth, third, key]


def test_a_key_is_found_through_its_account_alone(alice, bob, key):
    assert key_of(alice.id, key.pk) == key
    for account_id, key_id in ((bob.id, key.pk), (alice.id, key.pk + 1000), (alice.id, 0), (alice.id, 2**70)):
        with pytest.raises(ApiKey.DoesNotExist):
            key_of(account_id, key_id)


def test_a_revoked_key_is_found_too(alice, key):
    revoke_key(key_id=key.pk)
    assert key_of(alice.id, key.pk).revoked_at is not None


def test_use_is_told_of_each_key_of_the_account(alice, bob, key, django_assert_num_queries):
    unused = issue_key(account_id=alice.id)[0]
    revoked = issue_key(account_id=alice.id)[0]
    revoke_key(key_id=revoked.pk)
    others = ApiKey.objects.get(account_id=bob.id)
    today = NOON.date()
    for of, days, requests in [
        (key, 0, 5),
        (key, 1, 7),
        (key, 29, 11),
        (key, 30, 100),
        (revoked, 2, 3),
        (others, 0, 9),
    ]:
        KeyUse.objects.create(api_key=of, day=today - timedelta(days=days), requests=requests)
    ApiKey.objects.filter(pk=key.pk).update(last_used_at=NOON)

    with django_assert_num_queries(1):
        use = use_of_keys(alice.id)

    assert use == {
        key.pk: KeyUsed(today=5, lately=23, last_used_at=NOON),
        unused.pk: KeyUsed(today=0, lately=0, last_used_at=None),
        revoked.pk: KeyUsed(today=0, lately=3, last_used_at=None),
    }
    assert use_of_keys(alice.id, days=31)[key.pk].lately == 123
    assert use_of_keys(alice.id, days=1)[key.pk].lately == 5
