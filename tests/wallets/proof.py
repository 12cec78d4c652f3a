"""The proof of the books finds every way in which a wallet can be wrong, and names it in words."""

from decimal import Decimal

import pytest
from django.db import connection

from kit import clock
from wallets.models import Counter, Entry, Wallet
from wallets.operations import adjust, charge, deposit, refund
from wallets.queries import broken_wallets, wallet_count

pytestmark = pytest.mark.django_db


@pytest.fixture
def moved(alice, bob):
    """Return alice, whose money has moved in every way; bob is there to be right beside her."""
    deposit(account_id=alice.id, amount=Decimal("0.00000003"), reference="a")
    charge(account_id=alice.id, amount=Decimal(10), reference="b")
    refund(account_id=alice.id, amount=Decimal(5), reference="c")
    adjust(account_id=alice.id, amount=Decimal("-0.00000001"), reference="d", actor="op", reason="r")
    return alice


def problems():
    return [(each.account_id, each.problem) for each in broken_wallets()]


def past_the_trigger(statement, *params):
    """Do to the entries what only the owner of the tables can."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # a trigger cannot be switched while any wait
        cursor.execute("ALTER TABLE wallets_entry DISABLE TRIGGER entry_append_only")
        cursor.execute(statement, params)
        cursor.execute("ALTER TABLE wallets_entry ENABLE TRIGGER entry_append_only")


def test_books_that_were_kept_are_not_broken(moved, person):
    person("carol", deposit="0")
    assert problems() == []
    assert wallet_count() == 3


def test_a_balance_that_was_touched_is_found(moved):
    Wallet.objects.filter(pk=moved.id).update(balance=Decimal("95.00000003"))
    assert problems() == [(moved.id, "the balance is 95.00000003, its entries add up to 95.00000002")]


def test_a_version_that_was_touched_is_found(moved):
    Wallet.objects.filter(pk=moved.id).update(version=6)
    assert problems() == [(moved.id, "the version is 6, its last entry is 5")]


def test_lifetime_deposits_that_were_touched_are_found(moved):
    Wallet.objects.filter(pk=moved.id).update(deposited=500)
    assert problems() == [(moved.id, "deposited is 500.00, its deposits come to 100.00000003")]


def test_an_entry_without_its_movement_is_found(moved):
    """As a crash between two statements would leave it, were they two."""
    Entry.objects.create(
        wallet_id=moved.id,
        seq=6,
        amount=Decimal(-1),
        balance_after=Decimal("94.00000002"),
        counter=Counter.SALES,
        reference="e",
        at=clock.now(),
    )
    assert problems() == [
        (
            moved.id,
            "the balance is 95.00000002, its entries add up to 94.00000002; the version is 5, its last entry is 6",
        )
    ]


def test_money_that_moved_without_an_entry_is_found_though_no_wallet_is_negative(person):
    bob = person("bob", deposit="0")
    Wallet.objects.filter(pk=bob.id).update(balance=1, version=1)
    assert problems() == [
        (bob.id, "the balance is 1.00, its entries add up to 0.00; the version is 1, its last entry is 0")
    ]


def test_a_deleted_entry_is_found(moved):
    past_the_trigger("DELETE FROM wallets_entry WHERE wallet_id = %s AND seq = 3", moved.id)
    assert problems() == [
        (
            moved.id,
            (
                "entry 4 does not follow the one before it; entry 4 does not add up to its balance_after; "
                "the balance is 95.00000002, its entries add up to 105.00000002"
            ),
        )
    ]


def test_two_changes_that_cancel_each_other_out_are_found(moved):
    """The total is right, as it was in 64 of 64 wallets that a race had spoilt; the chain is not."""
    past_the_trigger(
        "UPDATE wallets_entry SET amount = amount + CASE seq WHEN 3 THEN 1 ELSE -1 END"
        " WHERE wallet_id = %s AND seq IN (3, 4)",
        moved.id,
    )
    assert problems() == [(moved.id, "entry 3 does not add up to its balance_after")]


def test_entries_that_changed_hands_are_found_in_both_wallets(moved, bob):
    past_the_trigger("UPDATE wallets_entry SET wallet_id = %s WHERE wallet_id = %s AND seq = 5", bob.id, moved.id)
    assert [account for account, _ in problems()] == sorted([moved.id, bob.id])
