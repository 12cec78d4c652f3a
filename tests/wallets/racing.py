"""Threads that want the same money at once, beside what they do to each other with the guard off."""

import threading
from collections import Counter
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection

from tests.books import assert_books_agree
from tests.racing import PATIENCE, at_once
from wallets.models import Entry, Wallet
from wallets.operations import InsufficientBalance, ReferenceUsed, charge, deposit, refund

pytestmark = pytest.mark.django_db(transaction=True)
TEN = Decimal(10)


def outcomes(results):
    """Count what became of the calls: moved, told again, or the error's name."""
    return Counter(
        type(each).__name__ if isinstance(each, Exception) else "moved" if each.moved else "told again"
        for each in results
    )


def test_with_the_guard_off_twenty_charges_of_ten_on_a_hundred_all_succeed():
    """The control: read, compute, write, as a program without the guard would. Every debit but one is lost."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded (balance numeric(20, 8))")
        cursor.execute("INSERT INTO unguarded VALUES (100)")
    everyone_has_read = threading.Barrier(20)

    def charge_unguarded():
        with connection.cursor() as cursor:
            cursor.execute("SELECT balance FROM unguarded")
            (balance,) = cursor.fetchone()
            everyone_has_read.wait(PATIENCE)
            if balance < TEN:
                raise InsufficientBalance
            cursor.execute("UPDATE unguarded SET balance = %s", [balance - TEN])

    try:
        assert at_once(*[charge_unguarded] * 20) == [None] * 20
        with connection.cursor() as cursor:
            cursor.execute("SELECT balance FROM unguarded")
            assert cursor.fetchone() == (Decimal(90),)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded")


def test_of_twenty_charges_of_ten_on_a_hundred_exactly_ten_succeed(alice):
    calls = [partial(charge, account_id=alice.id, amount=TEN, reference=f"race:{each}") for each in range(20)]
    results = at_once(*calls)
    assert outcomes(results) == {"moved": 10, "InsufficientBalance": 10}
    moved = [each.balance for each in results if not isinstance(each, Exception)]
    assert sorted(moved) == [Decimal(10 * each) for each in range(10)]
    assert Wallet.objects.get(pk=alice.id).balance == 0
    assert_books_agree(documents=False)


def test_one_reference_deposited_by_twenty_threads_is_deposited_once(alice):
    results = at_once(*[partial(deposit, account_id=alice.id, amount=TEN, reference="a")] * 20)
    assert outcomes(results) == {"moved": 1, "told again": 19}
    assert {each.balance for each in results} == {Decimal(110)}
    assert_books_agree(documents=False)


def test_one_reference_charged_by_twenty_threads_is_charged_once_though_it_empties_the_wallet(alice):
    results = at_once(*[partial(charge, account_id=alice.id, amount=Decimal(100), reference="a")] * 20)
    assert outcomes(results) == {"moved": 1, "told again": 19}
    assert {each.balance for each in results} == {Decimal(0)}
    assert_books_agree(documents=False)


def test_one_reference_wanted_by_two_wallets_moves_one_of_them(alice, bob):
    calls = [partial(charge, account_id=person.id, amount=TEN, reference="a") for person in (alice, bob)] * 8
    results = at_once(*calls)
    assert outcomes(results) == {"moved": 1, "told again": 7, "ReferenceUsed": 8}
    assert all(isinstance(each, ReferenceUsed) for each in results[0::2]) != all(
        isinstance(each, ReferenceUsed) for each in results[1::2]
    )
    assert sum(Wallet.objects.values_list("balance", flat=True)) == 190
    assert_books_agree(documents=False)


def test_charges_refunds_and_deposits_at_once_add_up(alice):
    calls = [partial(charge, account_id=alice.id, amount=TEN, reference=f"c:{each}") for each in range(8)]
    calls += [partial(refund, account_id=alice.id, amount=Decimal("0.3"), reference=f"r:{each}") for each in range(8)]
    calls += [partial(deposit, account_id=alice.id, amount=Decimal("1.07"), reference=f"d:{each}") for each in range(8)]
    assert outcomes(at_once(*calls)) == {"moved": 24}
    wallet = Wallet.objects.get(pk=alice.id)
    assert (wallet.balance, wallet.deposited, wallet.version) == (Decimal("30.96"), Decimal("108.56"), 25)
    assert list(Entry.objects.filter(wallet_id=alice.id).order_by("seq").values_list("seq", flat=True)) == list(
        range(1, 26)
    )
    assert_books_agree(documents=False)


def test_the_books_agree_in_the_midst_of_moving_money(alice):
    """The proof takes one snapshot: what moves between its statements is in both sides or in neither."""
    done = threading.Event()

    def move_until_done(thread):
        moved = 0
        while not done.is_set():
            charge(account_id=alice.id, amount=TEN, reference=f"c:{thread}:{moved}")
            refund(account_id=alice.id, amount=TEN, reference=f"r:{thread}:{moved}")
            moved += 1
        return moved

    def audit():
        try:
            for _ in range(20):
                assert_books_agree(documents=False)
        finally:
            done.set()

    audited, *moved = at_once(audit, *[partial(move_until_done, thread) for thread in range(4)])
    assert audited is None
    assert all(isinstance(each, int) and each > 0 for each in moved), moved
    assert_books_agree(documents=False)
