"""The rules of accounts as the database holds them, tried by writing past `accounts.operations`."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import ApiKey, KeyUse, Tier, User
from kit import clock
from tests.breaking import refused_by

pytestmark = pytest.mark.django_db


def write_user(**changes):
    fields = {"email": "carol@example.com", "tier": Tier.objects.first(), "joined_at": clock.now()}
    return User.objects.create(**fields | changes)


def write_key(person, **changes):
    fields = {"account": person.user, "slot": 2, "prefix": "np_live_1234", "digest": b"d" * 32}
    return ApiKey.objects.create(**fields | {"created_at": clock.now()} | changes)


def write_tier(**changes):
    fields = {"name": "Whale", "deposits_from": Decimal(50_000), "requests_per_minute": 9000}
    return Tier.objects.create(**fields | changes)


def test_the_rows_these_tests_vary_are_taken(alice):
    assert [write_user().pk, write_key(alice).pk, write_tier().pk] != [None] * 3


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"email": "Carol@example.com"}, "user_email_lower_case"),
        ({"suspended_at": clock.now()}, "user_suspended_with_a_reason"),
        ({"suspended_reason": "fraud"}, "user_suspended_with_a_reason"),
        ({"display_currency": "euro"}, "user_display_currency_valid"),
        ({"display_currency": "EU"}, "user_display_currency_valid"),
    ],
)
def test_a_user_that_breaks_a_rule_is_refused_by_its_name(tiers, changes, rule):
    with refused_by(rule):
        write_user(**changes)
    assert not User.objects.exists()


def test_an_e_mail_address_has_one_account(alice):
    with refused_by("accounts_user_email_key"):
        write_user(email=alice.user.email)
    assert User.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"slot": 0}, "api_key_slot_valid"),
        ({"slot": 11}, "api_key_slot_valid"),
        ({"slot": 1}, "api_key_unique_slot"),
        ({"dialect": "made up"}, "api_key_dialect_valid"),
        ({"requests_per_minute": 0}, "api_key_requests_per_minute_positive"),
    ],
)
def test_a_key_that_breaks_a_rule_is_refused_by_its_name(alice, changes, rule):
    with refused_by(rule):
        write_key(alice, **changes)
    assert ApiKey.objects.count() == 1


def test_a_form_makes_one_key(alice):
    asked = uuid4()
    write_key(alice, slot=5, asked=asked)
    with refused_by("api_key_once_a_form"):
        write_key(alice, slot=6, asked=asked, digest=b"e" * 32)


def test_the_use_of_a_key_on_a_day_is_one_row(alice):
    of = {"api_key": ApiKey.objects.get(account=alice.user), "day": clock.now().date()}
    with refused_by("key_use_requests_positive"):
        KeyUse.objects.create(requests=0, **of)
    KeyUse.objects.create(requests=1, **of)
    with refused_by("key_use_unique_day"):
        KeyUse.objects.create(requests=1, **of)
    assert KeyUse.objects.count() == 1


def test_a_digest_is_one_keys(alice, bob):
    with refused_by("accounts_apikey_digest_key"):
        write_key(bob, digest=ApiKey.objects.get(account=alice.user).digest)
    assert ApiKey.objects.count() == 2


def test_the_slot_of_a_revoked_key_is_free_again(alice):
    ApiKey.objects.update(revoked_at=clock.now())
    assert write_key(alice, slot=1).slot == 1


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"discount_percent": Decimal("-0.01")}, "tier_discount_percent_valid"),
        ({"discount_percent": Decimal("100.01")}, "tier_discount_percent_valid"),
        ({"deposits_from": Decimal(-1)}, "tier_deposits_from_not_negative"),
        ({"requests_per_minute": 0}, "tier_requests_per_minute_positive"),
        ({"deposits_from": Decimal(500)}, "accounts_tier_deposits_from_key"),
        ({"name": "Agency"}, "accounts_tier_name_key"),
    ],
)
def test_a_tier_that_breaks_a_rule_is_refused_by_its_name(tiers, changes, rule):
    with refused_by(rule):
        write_tier(**changes)
    assert Tier.objects.count() == 3
