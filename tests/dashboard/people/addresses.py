"""Every account has exactly one address that is its own, whatever made it."""

import importlib

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from accounts.operations import (
    EmailTaken,
    InvalidEmail,
    NothingToConfirm,
    change_email,
    confirm_email,
    create_operator,
    create_reseller,
)
from events.models import Event
from tests.dashboard.people.conftest import PASSWORD

pytestmark = pytest.mark.django_db


def stray():
    """Return the accounts whose primary address is not exactly their own."""
    own = dict(EmailAddress.objects.filter(primary=True).values_list("user_id", "email"))
    return [user.email for user in User.objects.all() if own.get(user.pk) != user.email]


def test_whatever_makes_an_account_writes_its_address(tiers, client, alices, alice, capsys):
    create_operator(email="bob@panel.example", password=None)
    call_command("create_reseller", "dave@example.com")
    call_command("create_operator", "erin@panel.example")
    client.post("/accounts/signup/", {"email": "carol@example.com", "password1": PASSWORD})
    change_email(account_id=alice.pk, email="Alice@new.example")
    assert (User.objects.count(), stray()) == (5, [])
    assert EmailAddress.objects.count() == 5
    unverified = EmailAddress.objects.filter(verified=False).values_list("email", flat=True)
    assert list(unverified) == ["carol@example.com"]


def test_accounts_from_before_are_vouched_for(alice):
    bob = create_reseller(email="bob@example.com", password=None)
    EmailAddress.objects.filter(user=alice).delete()
    migration = importlib.import_module("accounts.migrations.0006_addresses")
    with connection.cursor() as cursor:
        cursor.execute(migration.VOUCHED_FOR)
        cursor.execute(migration.VOUCHED_FOR)
    assert stray() == []
    assert list(EmailAddress.objects.order_by("id").values_list("user_id", "email", "verified")) == [
        (bob.pk, "bob@example.com", True),
        (alice.pk, "alice@example.com", True),
    ]


def test_a_change_is_recorded_with_both_addresses(alice):
    assert change_email(account_id=alice.pk, email=" ALICE@new.example", actor="bob@panel.example", reason="asked")
    event = Event.objects.get(kind="account.email_changed")
    assert (event.data, event.actor, event.reason) == (
        {"before": "alice@example.com", "after": "alice@new.example"},
        "bob@panel.example",
        "asked",
    )
    assert not change_email(account_id=alice.pk, email="alice@new.example")
    assert Event.objects.filter(kind="account.email_changed").count() == 1


def test_a_change_to_what_is_no_address_or_somebody_elses_changes_nothing(alice):
    create_reseller(email="bob@example.com", password=None)
    before = [list(model.objects.values()) for model in (User, EmailAddress, Event)]
    for email, refusal in [("BOB@example.com", EmailTaken), ("alice", InvalidEmail)]:
        with pytest.raises(refusal):
            change_email(account_id=alice.pk, email=email)
    assert [list(model.objects.values()) for model in (User, EmailAddress, Event)] == before


@pytest.mark.parametrize("email", ["alice@example.com", "new@example.com", "bob@example.com"])
def test_an_address_that_does_not_wait_is_confirmed_by_nobody(alice, email):
    create_reseller(email="bob@example.com", password=None, verified=False)
    before = list(EmailAddress.objects.values())
    with pytest.raises(NothingToConfirm):
        confirm_email(account_id=alice.pk, email=email)
    assert list(EmailAddress.objects.values()) == before
