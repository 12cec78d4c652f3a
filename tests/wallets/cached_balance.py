"""The balance that everyone is shown: cached for 30 s, and never older than the last answered write."""

import random
import threading
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

import kit.redis
from kit import clock, records
from kit.redis import Breaker, cache
from tests.books import assert_books_agree
from tests.racing import at_once
from wallets.models import Wallet
from wallets.operations import charge, deposit
from wallets.queries import balance, balance_from_database, balance_record, record_name

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY_THERE = "unix:///nobody/there.sock?db=0"


def cached(person):
    """Return the cached version and amount, or None."""
    version, amount = cache().client.hmget(record_name(person.id), ["v", "b"])
    return None if version is None else (int(version), amount)


@pytest.fixture
def hold_time(monkeypatch):
    """Hold the clock still; return how to move it on, in seconds."""
    held = [clock.timestamp()]
    monkeypatch.setattr(clock, "timestamp", lambda: held[0])

    def move(seconds):
        held[0] += seconds

    return move


def set_behind_the_cache(person, amount):
    """Change the wallet as no code does, so that an answer tells where it was read."""
    Wallet.objects.filter(pk=person.id).update(balance=amount)


def statements(query):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        answer = query()
    return answer, len(captured)


def test_a_first_reading_fills_the_cache_and_the_next_asks_no_database(alice):
    cache().client.flushdb()
    assert statements(lambda: balance(alice.id)) == (Decimal(100), 1)
    assert statements(lambda: balance(alice.id)) == (Decimal(100), 0)
    assert cached(alice) == (1, b"100.00")


def test_a_cached_balance_is_believed_for_thirty_seconds_and_no_longer(alice, hold_time):
    cache().client.flushdb()
    assert balance(alice.id) == 100
    set_behind_the_cache(alice, 42)
    hold_time(29.999)
    assert balance(alice.id) == 100
    hold_time(0.001)
    assert balance(alice.id) == 42


def test_the_version_outlives_the_value(alice):
    balance(alice.id)
    assert cache().client.pttl(record_name(alice.id)) > 1000 * 60 * 30


def test_a_movement_is_written_through_before_it_is_answered(alice):
    balance(alice.id)
    charge(account_id=alice.id, amount=Decimal("0.5"), reference="a")
    assert cached(alice) == (2, b"99.50")
    assert statements(lambda: balance(alice.id)) == (Decimal("99.50"), 0)


def test_a_movement_is_written_through_after_its_commit_only(alice):
    balance(alice.id)
    with transaction.atomic():
        charge(account_id=alice.id, amount=Decimal(1), reference="a")
        assert cached(alice) == (1, b"100.00")
        assert balance(alice.id) == 100
    assert cached(alice) == (2, b"99.00")


def test_a_movement_that_is_rolled_back_is_never_cached(alice):
    balance(alice.id)
    with transaction.atomic():
        charge(account_id=alice.id, amount=Decimal(1), reference="a")
        transaction.set_rollback(True)
    assert cached(alice) == (1, b"100.00")
    assert balance(alice.id) == 100


def test_a_movement_whose_savepoint_is_rolled_back_is_never_cached(alice):
    balance(alice.id)
    with transaction.atomic():
        with transaction.atomic():
            charge(account_id=alice.id, amount=Decimal(1), reference="a")
            transaction.set_rollback(True)
        charge(account_id=alice.id, amount=Decimal(2), reference="b")
    assert cached(alice) == (2, b"98.00")


def test_a_late_filler_with_an_older_row_does_not_overwrite(alice):
    cache().client.flushdb()
    slow_reader = balance_record(alice.id, Decimal(100), 1)  # has read the row, and not written yet
    charge(account_id=alice.id, amount=Decimal(1), reference="a")
    assert records.write(slow_reader) == 0
    assert cached(alice) == (2, b"99.00")
    assert balance(alice.id) == 99


def test_a_late_filler_does_not_overwrite_a_record_whose_validity_is_over(alice, hold_time):
    slow_reader = balance_record(alice.id, Decimal(100), 1)
    charge(account_id=alice.id, amount=Decimal(1), reference="a")
    hold_time(31)
    assert records.write(slow_reader) == 0
    assert balance(alice.id) == 99


def test_commits_that_are_written_through_out_of_order_leave_the_newest(alice):
    newer = balance_record(alice.id, Decimal(98), 3)
    older = balance_record(alice.id, Decimal(99), 2)
    assert (records.write(newer), records.write(older)) == (1, 0)
    assert cached(alice) == (3, b"98.00")


def test_several_records_are_put_in_one_round_trip_and_each_by_its_own_version(alice, bob):
    charge(account_id=alice.id, amount=Decimal(1), reference="a")
    late, fresh = balance_record(alice.id, Decimal(100), 1), balance_record(bob.id, Decimal(77), 9)
    assert records.write(late, fresh) == 1
    assert (cached(alice), cached(bob)) == ((2, b"99.00"), (9, b"77.00"))


def test_without_redis_money_moves_and_the_balance_is_the_wallets(alice, monkeypatch):
    monkeypatch.setattr(kit.redis, "_breaker", Breaker(NOBODY_THERE))
    posting = charge(account_id=alice.id, amount=Decimal(1), reference="a")
    assert (posting.moved, balance(alice.id)) == (True, Decimal(99))
    assert statements(lambda: balance(alice.id)) == (Decimal(99), 1)


def test_an_account_without_a_wallet_has_no_balance():
    with pytest.raises(Wallet.DoesNotExist):
        balance(2**40)


def test_each_answered_write_is_in_the_next_reading_under_threads_of_both(alice):
    """Two thousand reads after own writes by eight threads, with fillers that read the database in between."""
    done = threading.Event()

    def write_and_read(thread):
        for number in range(250):
            posting = deposit(account_id=alice.id, amount=Decimal(1), reference=f"{thread}:{number}")
            # All of them only deposit, so that a smaller amount is an older one.
            assert balance(alice.id) >= posting.balance
        return "done"

    def fill_and_watch():
        seen, chance = Decimal(0), random.Random(7)
        while not done.is_set():
            amount = balance_from_database(alice.id) if chance.random() < 0.5 else balance(alice.id)
            shown = balance(alice.id)
            assert shown >= max(seen, amount)
            seen = shown
        return "done"

    def writers():
        try:
            return at_once(*[partial(write_and_read, thread) for thread in range(8)])
        finally:
            done.set()

    written, *watched = at_once(writers, fill_and_watch, fill_and_watch, fill_and_watch)
    assert written == ["done"] * 8
    assert watched == ["done"] * 3
    assert balance(alice.id) == balance_from_database(alice.id) == 2100
    assert_books_agree(documents=False)


def test_with_the_guard_off_a_late_filler_hides_an_answered_write(alice):
    """The control: a plain SET by whoever has read a row, as a cache without versions does."""
    name, redis = f"plain:{alice.id}", cache().client
    has_read, has_written = threading.Barrier(2), threading.Barrier(2)

    def fill():
        amount = Wallet.objects.get(pk=alice.id).balance
        has_read.wait(30)
        has_written.wait(30)
        redis.set(name, str(amount))

    def write():
        has_read.wait(30)
        redis.set(name, str(charge(account_id=alice.id, amount=Decimal(1), reference="a").balance))
        has_written.wait(30)

    assert at_once(fill, write) == [None, None]
    assert redis.get(name) == b"100.00000000"
    assert Wallet.objects.get(pk=alice.id).balance == 99
