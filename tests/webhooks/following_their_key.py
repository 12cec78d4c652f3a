"""An endpoint belongs to a key: it stays with a new value of it, and ends with it."""

from datetime import timedelta
from decimal import Decimal

import pytest

import accounts.operations
import wallets.operations
from accounts.models import ApiKey
from kit import clock
from tests.webhooks.conftest import told
from webhooks.operations import endpoints

pytestmark = pytest.mark.django_db
LOW = ("balance.low", {"balance": "9.00", "threshold": "10.00", "currency": "USD"})


@pytest.fixture
def two(alice, locally):
    """Return an endpoint of each of two keys of one account."""
    accounts.operations.issue_key(account_id=alice.id)
    keys = ApiKey.objects.filter(account_id=alice.id).order_by("id")
    return [endpoints.add(api_key_id=key.pk, url="http://127.0.0.1:9999/")[0] for key in keys]


def spend(person):
    wallets.operations.charge(account_id=person.id, amount=Decimal(91), reference="order:999000001:charge")


def test_each_keys_endpoint_hears_of_the_whole_account(alice, two):
    spend(alice)
    assert [told(each) for each in two] == [[LOW], [LOW]]


def test_with_a_new_value_of_its_key_it_hears_as_before(alice, two):
    accounts.operations.regenerate_key(key_id=two[0].api_key_id)
    spend(alice)
    assert [told(each) for each in two] == [[LOW], [LOW]]


def test_with_its_key_revoked_it_hears_nothing_more_and_the_others_do(alice, two):
    accounts.operations.revoke_key(key_id=two[0].api_key_id)
    spend(alice)
    assert [told(each) for each in two] == [[], [LOW]]


def test_from_the_moment_its_key_expires_it_hears_nothing_more(alice, two, monkeypatch):
    now = clock.timestamp()
    monkeypatch.setattr(clock, "timestamp", lambda: now)
    ApiKey.objects.filter(pk=two[0].api_key_id).update(expires_at=clock.now())
    ApiKey.objects.filter(pk=two[1].api_key_id).update(expires_at=clock.now() + timedelta(microseconds=1))
    spend(alice)
    assert [told(each) for each in two] == [[], [LOW]]


def test_a_read_only_keys_endpoint_hears_what_the_account_does(alice, two):
    accounts.operations.edit_key(key_id=two[0].api_key_id, read_only=True)
    spend(alice)
    assert [told(each) for each in two] == [[LOW], [LOW]]
