"""The rules of the books as the database holds them, tried by writing past `wallets.operations`."""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F

import wallets.operations
from accounts.models import User
from kit import clock
from tests.breaking import refused_by
from wallets.models import Entry, Wallet

pytestmark = pytest.mark.django_db


def write_entry(person, **changes):
    """Write an entry as no code would; what is not named follows alice's first deposit of 100."""
    fields = {
        "wallet_id": person.id,
        "seq": 2,
        "amount": Decimal(5),
        "balance_after": Decimal(105),
        "counter": "sales",
        "reference": "written past the code",
        "at": clock.now(),
    }
    return Entry.objects.create(**fields | changes)


def test_the_entry_these_tests_vary_is_taken(alice):
    write_entry(alice)
    assert Entry.objects.filter(wallet_id=alice.id).count() == 2


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"seq": 1, "balance_after": Decimal(5)}, "entry_unique_seq"),
        ({"seq": 0, "balance_after": Decimal(5)}, "entry_seq_positive"),
        ({"balance_after": Decimal("-0.00000001")}, "entry_balance_after_not_negative"),
        ({"amount": Decimal(0)}, "entry_sign_matches_counter"),
        ({"amount": Decimal(0), "counter": "adjustments"}, "entry_sign_matches_counter"),
        ({"amount": Decimal(-5), "counter": "deposits"}, "entry_sign_matches_counter"),
        ({"amount": Decimal(-5), "counter": "bonuses"}, "entry_sign_matches_counter"),
        ({"counter": "made up"}, "entry_sign_matches_counter"),
    ],
)
def test_an_entry_that_breaks_a_rule_is_refused_by_its_name(alice, changes, rule):
    with refused_by(rule):
        write_entry(alice, **changes)
    assert Entry.objects.filter(wallet_id=alice.id).count() == 1


def test_a_wallets_first_entry_starts_from_zero(person):
    bob = person("bob", deposit="0")
    with refused_by("entry_first_starts_from_zero"):
        write_entry(bob, seq=1, amount=Decimal(5), balance_after=Decimal(6))
    assert not Entry.objects.filter(wallet_id=bob.id).exists()


def test_a_reference_moves_money_once_over_all_wallets(alice, bob):
    reference = Entry.objects.get(wallet_id=alice.id).reference
    with refused_by("entry_unique_reference"):
        write_entry(bob, reference=reference)
    assert Entry.objects.filter(wallet_id=bob.id).count() == 1


def test_a_balance_is_never_below_zero(alice):
    with refused_by("wallet_balance_not_negative"):
        Wallet.objects.filter(pk=alice.id).update(balance=Decimal("-0.00000001"))
    assert Wallet.objects.get(pk=alice.id).balance == 100


def test_lifetime_deposits_are_never_below_zero(alice):
    with refused_by("wallet_deposited_not_negative"):
        Wallet.objects.filter(pk=alice.id).update(deposited=Decimal(-1))
    assert Wallet.objects.get(pk=alice.id).deposited == 100


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wallets_entry SET amount = 1000",
        "UPDATE wallets_entry SET reason = 'a nicer one'",
        "UPDATE wallets_entry SET id = id",
        "DELETE FROM wallets_entry",
    ],
)
def test_the_panels_own_role_can_neither_change_nor_delete_an_entry(alice, statement):
    before = list(Entry.objects.values())
    with refused_by("entry_append_only"), connection.cursor() as cursor:
        cursor.execute(statement)
    assert list(Entry.objects.values()) == before


def test_the_panels_own_role_cannot_switch_triggers_off(alice):
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        (is_superuser,) = cursor.fetchone()
        cursor.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')")
        (may_switch,) = cursor.fetchone()
    assert (is_superuser, may_switch) == (False, False)


def test_an_account_with_a_wallet_is_not_deleted(alice):
    with refused_by(_foreign_key("wallets_wallet")), connection.cursor() as cursor:
        cursor.execute("DELETE FROM accounts_apikey")
        cursor.execute("DELETE FROM account_emailaddress")
        cursor.execute("DELETE FROM accounts_user")
    assert User.objects.filter(pk=alice.id).exists()


def test_a_wallet_with_entries_is_not_deleted(alice):
    with refused_by(_foreign_key("wallets_entry")), connection.cursor() as cursor:
        cursor.execute("DELETE FROM wallets_wallet")
    assert Wallet.objects.get(pk=alice.id).balance == 100


def test_an_account_has_one_wallet(alice):
    with refused_by("wallets_wallet_pkey"):
        wallets.operations.open_wallet(account_id=alice.id)
    assert Wallet.objects.filter(pk=alice.id, balance=F("deposited")).count() == 1


def _foreign_key(table):
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'f' AND conrelid = %s::regclass", [table])
        ((name,),) = cursor.fetchall()
    return name
