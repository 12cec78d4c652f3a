"""Making accounts and suspending them."""

from functools import partial

import pytest
from django.contrib.auth import authenticate

from accounts.models import User
from accounts.operations import (
    EmailTaken,
    InvalidEmail,
    ReasonMissing,
    UnknownAccount,
    create_operator,
    create_reseller,
    suspend,
    unsuspend,
)
from accounts.queries import account_by_email
from events.models import Event
from events.queries import history
from kit.redis import cache
from tests.books import assert_books_agree
from tests.racing import at_once
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


def kinds(account_id):
    return [event.kind for event in history("account", account_id)]


def cached(account_id):
    """Return the account's cached record: version and whether it is suspended."""
    return cache().client.hmget(f"a:{account_id}", ["v", "suspended"])


def test_a_reseller_begins_in_the_first_tier_with_an_empty_wallet(tiers):
    user = create_reseller(email="  Alice@Example.com ", password="correct horse battery")
    assert (user.email, user.tier.name, user.is_staff, user.is_superuser) == (
        "alice@example.com",
        "Standard",
        False,
        False,
    )
    assert Wallet.objects.get(pk=user.pk).balance == 0
    assert kinds(user.pk) == ["account.created"]
    assert account_by_email("ALICE@example.com ") == user
    assert authenticate(username="alice@EXAMPLE.com", password="correct horse battery") == user
    assert authenticate(username="alice@example.com", password="wrong") is None


def test_an_operator_may_use_the_admin(tiers):
    user = create_operator(email="op@example.com", password="correct horse battery")
    assert (user.is_staff, user.is_superuser, user.has_perm("wallets.view_wallet")) == (True, True, True)


def test_nobody_logs_in_to_an_account_without_a_password(tiers):
    user = create_reseller(email="alice@example.com", password=None)
    assert user.has_usable_password() is False
    assert authenticate(username="alice@example.com", password="") is None


@pytest.mark.parametrize("email", ["alice@example.com", "ALICE@example.com", " alice@Example.Com "])
def test_an_address_is_taken_in_whatever_case(alice, email):
    before = Event.objects.count()
    with pytest.raises(EmailTaken) as refusal:
        create_reseller(email=email, password=None)
    assert str(refusal.value) == "alice@example.com already has an account"
    assert (User.objects.count(), Wallet.objects.count(), Event.objects.count()) == (1, 1, before)


LONG = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 20}.com"


@pytest.mark.parametrize(
    "email",
    ["", "alice", "alice@", "@example.com", "alice@nowhere", "a b@example.com", "alice@example.com\nbob", LONG],
)
def test_what_is_no_address_is_refused(tiers, email):
    with pytest.raises(InvalidEmail) as refusal:
        create_reseller(email=email, password=None)
    assert str(refusal.value) == f"{email!r} is not an e-mail address"
    assert not User.objects.exists()


@committed
def test_one_address_wanted_by_ten_threads_becomes_one_account(tiers):
    spellings = ["alice@example.com", "Alice@example.com"] * 5
    results = at_once(*[partial(create_reseller, email=each, password=None) for each in spellings])
    made = [each for each in results if isinstance(each, User)]
    assert [str(each) for each in results if each not in made] == ["alice@example.com already has an account"] * 9
    assert list(User.objects.all()) == made
    assert Wallet.objects.count() == 1
    assert kinds(made[0].pk) == ["account.created"]
    assert_books_agree()


@committed
def test_a_suspension_has_a_date_and_a_reason_and_is_cached_at_once(alice):
    assert suspend(account_id=alice.id, reason="  chargebacks ", actor="op@example.com") is True
    user = User.objects.get(pk=alice.id)
    assert user.suspended_at is not None
    assert user.suspended_reason == "chargebacks"
    assert user.is_active is True
    assert cached(alice.id) == [b"%d" % user.version, b"1"]
    event = history("account", alice.id).last()
    assert event is not None
    assert (event.kind, event.reason, event.actor) == ("account.suspended", "chargebacks", "op@example.com")


def test_a_second_suspension_changes_nothing(alice):
    suspend(account_id=alice.id, reason="first")
    before = User.objects.values().get(pk=alice.id), kinds(alice.id)
    assert suspend(account_id=alice.id, reason="second") is False
    assert (User.objects.values().get(pk=alice.id), kinds(alice.id)) == before


@committed
def test_an_account_comes_in_again_with_a_newer_version(alice):
    suspend(account_id=alice.id, reason="a mistake")
    assert unsuspend(account_id=alice.id, reason="ours") is True
    user = User.objects.get(pk=alice.id)
    assert (user.suspended_at, user.suspended_reason) == (None, "")
    assert cached(alice.id) == [b"%d" % user.version, b"0"]
    assert unsuspend(account_id=alice.id) is False
    assert kinds(alice.id)[-2:] == ["account.suspended", "account.unsuspended"]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_suspension_without_a_reason_is_refused(alice, reason):
    with pytest.raises(ReasonMissing) as refusal:
        suspend(account_id=alice.id, reason=reason)
    assert str(refusal.value) == "say why: the reseller will ask"
    assert User.objects.get(pk=alice.id).suspended_at is None


@pytest.mark.parametrize("switch", [partial(suspend, reason="r"), unsuspend])
def test_an_account_that_is_not_there_is_named(tiers, switch):
    with pytest.raises(UnknownAccount) as refusal:
        switch(account_id=2**40)
    assert str(refusal.value) == f"there is no account {2**40}"
    assert not Event.objects.exists()


@committed
def test_of_ten_suspensions_at_once_one_happens(alice):
    calls = [partial(suspend, account_id=alice.id, reason=f"reason {each}") for each in range(10)]
    assert sorted(at_once(*calls)) == [False] * 9 + [True]
    assert kinds(alice.id).count("account.suspended") == 1
