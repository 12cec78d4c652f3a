"""A statement: an account's entries, narrowed down, a slice at a time and as a stream; and what it spent a day."""

import itertools
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

import wallets.queries
from kit.paging import Slice
from wallets import statement
from wallets.models import Entry, Wallet
from wallets.operations import adjust, charge, deposit, refund
from wallets.statement import KINDS, deposits_of, entries_of, export, spent_by_day

pytestmark = pytest.mark.django_db
orders = itertools.count(1)


@pytest.fixture
def alice(person):
    """A reseller whose wallet is empty."""
    return person("alice", deposit="0")


@pytest.fixture
def bob(person):
    """Another one."""
    return person("bob", deposit="0")


@pytest.fixture
def busy(alice, bob):
    """Alice has had an entry of every kind, and bob the like; what each of hers was, the newest first."""
    Wallet.objects.update(low_balance_threshold=0)
    for who in (alice, bob):
        deposit(account_id=who.id, amount=Decimal(100), reference=f"bank-{who.id}", reason="Wire of May")
        charge(account_id=who.id, amount=Decimal("2.00"), reference=f"order:{who.id}1:charge")
        charge(account_id=who.id, amount=Decimal("3.00"), reference=f"order:{who.id}12:charge")
        refund(account_id=who.id, amount=Decimal("0.50"), reference=f"order:{who.id}1:refund:0.50", reason="Too slow")
        refund(account_id=who.id, amount=Decimal("1.00"), reference=f"order:{who.id}1:refund:1.50")
        adjust(account_id=who.id, amount=Decimal("-1"), reference=f"fix-{who.id}", actor="op", reason="100% a mistake")
    return ["adjustments", "refunds", "refunds", "sales", "sales", "deposits"]


def kinds(who, **asked):
    return [each.kind for each in entries_of(who.id, **asked).rows]


def seqs(who, **asked):
    return [each.seq for each in entries_of(who.id, **asked).rows]


def spend(who, amount="1.00"):
    """Charge the account for an order of its own."""
    charge(account_id=who.id, amount=Decimal(amount), reference=f"order:{next(orders)}:charge")


def test_nothing_is_an_empty_slice(alice):
    assert entries_of(alice.id) == Slice([], newer=None, older=None)
    assert list(export(alice.id)) == deposits_of(alice.id) == []


def test_a_row_has_what_the_statement_shows(alice, busy):
    row = entries_of(alice.id).rows[2]
    entry = Entry.objects.get(wallet_id=alice.id, seq=4)
    assert row == (4, entry.at, Decimal("0.50"), Decimal("95.50"), "sales", entry.reference, "")
    assert (row.kind, row.order) == ("refunds", int(f"{alice.id}1"))
    assert [each.order for each in entries_of(alice.id, kind="deposits").rows] == [None]


def test_only_the_accounts_own_entries_are_there_whatever_is_asked(alice, bob, busy):
    assert kinds(alice) == kinds(bob) == busy
    assert kinds(alice, text=f"bank-{bob.id}") == kinds(alice, text=f"order:{bob.id}1:charge") == []
    assert kinds(alice, order=int(f"{bob.id}1")) == []
    assert [row.reference for row in deposits_of(alice.id)] == [f"bank-{alice.id}"]
    assert not {row.reference for row in export(alice.id)} & {row.reference for row in export(bob.id)}


def test_each_kind_is_found_by_its_name_and_every_entry_is_of_one(alice, busy):
    for kind in KINDS:
        assert kinds(alice, kind=kind) == [each for each in busy if each == kind]
    assert kinds(alice, kind="nonsense") == []


def test_words_are_found_in_references_and_reasons(alice, busy):
    assert kinds(alice, text="BANK") == ["deposits"]
    assert kinds(alice, text="%") == kinds(alice, text="mistake") == ["adjustments"]
    assert kinds(alice, text="refund") == []  # a reference of every refund says so, and the kind finds them
    assert kinds(alice, text="_") == kinds(alice, text="nowhere") == kinds(alice, text="wi\0re") == []
    assert kinds(alice, text="mistake", kind="deposits") == kinds(alice, text="bank", kind="adjustments") == []


def test_a_reason_that_is_not_the_owners_to_read_is_neither_shown_nor_found(alice, busy):
    """What a provider said of an order, what an operator noted of a deposit."""
    assert {row.reason for row in export(alice.id)} == {"", "100% a mistake"}
    assert kinds(alice, text="slow") == kinds(alice, text="wire of") == []


def test_an_order_has_its_charge_and_its_refunds_and_no_other_orders(alice, busy):
    number = int(f"{alice.id}1")
    assert seqs(alice, order=number) == [5, 4, 2]
    assert seqs(alice, order=int(f"{alice.id}12")) == [3]
    assert seqs(alice, order=number, kind="refunds") == [5, 4]
    assert seqs(alice, order=number, kind="sales") == [2]
    assert seqs(alice, order=number, text="bank") == [5, 4, 2, 1]
    assert seqs(alice, order=number, text="slow") == [5, 4, 2]
    assert seqs(alice, order=0) == []


def test_a_reference_of_an_order_finds_what_the_orders_number_finds(alice, bob, busy):
    for text in ("order:{}1", "order:{}1:", "order:{}1:charge", "order:{}1:refund:0.50"):
        assert seqs(alice, text=text.format(alice.id)) == [5, 4, 2]
        assert seqs(alice, text=text.format(bob.id)) == []
    assert seqs(alice, text=f"order:{alice.id}") == seqs(alice, text="order:") == []
    assert seqs(alice, text=f"order:{alice.id}1", order=int(f"{alice.id}12")) == [5, 4, 3, 2]


def test_slices_follow_one_another_to_the_end_and_back(alice, bob, busy):
    first = entries_of(alice.id, per_page=4)
    second = entries_of(alice.id, per_page=4, before=first.older)
    assert [[row.seq for row in each.rows] for each in (first, second)] == [[6, 5, 4, 3], [2, 1]]
    assert [(each.newer, each.older) for each in (first, second)] == [(None, 3), (2, None)]
    assert entries_of(alice.id, per_page=4, after=second.newer) == first
    assert seqs(alice, per_page=2, after=1) == [3, 2]
    assert seqs(alice, after=6) == seqs(alice, after=2**63) == seqs(alice, before=2**63) == seqs(alice)
    assert seqs(alice, before=1) == []


def test_slices_of_what_is_found_in_two_places_follow_one_another(alice, busy):
    asked = {"order": int(f"{alice.id}1"), "text": "bank"}
    assert seqs(alice, per_page=2, **asked) == [5, 4]
    assert seqs(alice, per_page=2, before=4, **asked) == [2, 1]
    assert seqs(alice, per_page=2, after=1, **asked) == [4, 2]


def test_what_moves_meanwhile_moves_no_slice(alice, busy):
    first = entries_of(alice.id, per_page=3)
    spend(alice)
    second = entries_of(alice.id, per_page=3, before=first.older)
    assert [row.seq for row in second.rows] == [3, 2, 1]
    assert seqs(alice, per_page=3, after=second.newer) == [6, 5, 4]


def test_days_are_whole_ones_in_utc_the_first_and_the_last_included(alice, bob, monkeypatch):
    midnights = [datetime(2026, 3, day, tzinfo=UTC) for day in (2, 3)]
    for number, at in enumerate(sorted(each.timestamp() - before for each in midnights for before in (0, 0.000001))):
        monkeypatch.setattr("kit.clock.timestamp", lambda at=at: at)
        deposit(account_id=alice.id, amount=Decimal(1), reference=f"bank-{number}")
        for again in range(5):  # what others have moved is of no account
            deposit(account_id=bob.id, amount=Decimal(1), reference=f"bank-{number}-{again}")
    second = date(2026, 3, 2)
    assert seqs(alice, since=second, until=second) == [3, 2]
    assert seqs(alice, since=second) == [4, 3, 2]
    assert seqs(alice, until=second) == [3, 2, 1]
    assert seqs(alice, since=date.min, until=date.max) == [4, 3, 2, 1]
    assert seqs(alice, since=date.max) == seqs(alice, until=date.min) == seqs(alice, since=second, until=date.min) == []
    assert [row.seq for row in export(alice.id, since=second, until=second)] == [3, 2]


def test_an_export_has_every_row_of_the_list_in_its_order(alice, busy, monkeypatch):
    monkeypatch.setattr(statement, "CHUNK", 2)
    order = int(f"{alice.id}1")
    for asked in ({}, {"kind": "refunds"}, {"text": "bank"}, {"order": order}, {"order": order, "text": "bank"}):
        assert list(export(alice.id, **asked)) == entries_of(alice.id, **asked).rows != []


def test_an_export_reads_by_chunks_and_only_as_far_as_it_is_taken(alice, busy, monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(statement, "CHUNK", 4)
    stream = export(alice.id)
    with django_assert_num_queries(1):
        assert next(stream).seq == 6
    spend(alice)
    with django_assert_num_queries(1):
        assert [row.seq for row in stream] == [5, 4, 3, 2, 1]


@pytest.mark.parametrize("entries", [1, 60])
def test_a_slice_takes_as_many_statements_for_one_entry_as_for_many(alice, entries, django_assert_num_queries):
    for number in range(entries):
        deposit(account_id=alice.id, amount=Decimal(1), reference=f"bank-{number}")
    today = datetime.now(UTC).date()
    filters: list[tuple[dict[str, Any], int]] = [
        ({}, 1),
        ({"kind": "deposits"}, 1),
        ({"text": "bank"}, 1),
        ({"order": 1}, 2),
    ]
    for asked, statements in filters:
        with django_assert_num_queries(statements):
            entries_of(alice.id, **asked)
        with django_assert_num_queries(statements + 2):
            entries_of(alice.id, since=today, until=today, before=entries, **asked)
    with django_assert_num_queries(1):
        assert len(spent_by_day(alice.id)) == 30
    with django_assert_num_queries(1):
        assert len(deposits_of(alice.id, 5)) == min(entries, 5)


def test_every_day_says_what_was_spent_less_what_went_back_and_nothing_else(alice, bob, time):
    time.at = datetime(2026, 3, 1, 12, tzinfo=UTC).timestamp()
    deposit(account_id=alice.id, amount=Decimal(100), reference="bank-1")
    spend(alice, "5.00")
    time.move(days=1)
    spend(alice, "2.00")
    adjust(account_id=alice.id, amount=Decimal(-7), reference="fix-1", actor="op", reason="a mistake")
    time.move(hours=11, minutes=59)
    refund(account_id=alice.id, amount=Decimal("0.75"), reference="order:1:refund:0.75")
    deposit(account_id=bob.id, amount=Decimal(9), reference="bank-of-bob")
    spend(bob, "9.00")
    time.move(minutes=1)
    refund(account_id=alice.id, amount=Decimal("4.00"), reference="order:2:refund:4.00")
    time.move(days=1)
    deposit(account_id=alice.id, amount=Decimal(50), reference="bank-2")
    assert spent_by_day(alice.id, days=5) == [
        (date(2026, 2, 28), Decimal(0)),
        (date(2026, 3, 1), Decimal("5.00")),
        (date(2026, 3, 2), Decimal("1.25")),
        (date(2026, 3, 3), Decimal("-4.00")),
        (date(2026, 3, 4), Decimal(0)),
    ]
    assert spent_by_day(alice.id, days=3) == spent_by_day(alice.id, days=5)[2:]
    assert spent_by_day(alice.id, days=1) == [(date(2026, 3, 4), Decimal(0))]


def test_days_without_any_entry_say_nothing_was_spent(alice):
    assert [spent for _, spent in spent_by_day(alice.id, days=7)] == [Decimal(0)] * 7


def test_entries_that_overtook_each_other_at_midnight_are_in_one_day_each(alice, time):
    time.at = datetime(2026, 3, 3, tzinfo=UTC).timestamp()
    deposit(account_id=alice.id, amount=Decimal(100), reference="bank-1")
    time.move(seconds=-1)
    spend(alice, "5.00")  # it read the clock first, and had the wallet last
    days = dict(spent_by_day(alice.id, days=3)) | {
        "moved": len(seqs(alice, since=date(2026, 3, 2), until=date(2026, 3, 2)))
    }
    assert days == {date(2026, 2, 28): 0, date(2026, 3, 1): 0, date(2026, 3, 2): Decimal("5.00"), "moved": 2}
    time.move(seconds=5)
    assert spent_by_day(alice.id, days=2) == [(date(2026, 3, 2), Decimal("5.00")), (date(2026, 3, 3), Decimal(0))]
    assert seqs(alice, since=date(2026, 3, 3)) == []


def test_the_days_add_up_to_all_that_was_ever_spent(alice, time):
    deposit(account_id=alice.id, amount=Decimal(1000), reference="bank-1")
    time.move(days=-9)
    for number in range(40):
        spend(alice, f"{number % 7 + 1}.25")
        time.move(hours=5)
        if number % 3 == 0:
            refund(account_id=alice.id, amount=Decimal(1), reference=f"order:{number}:refund:1.00")
    told = sum(spent for _, spent in spent_by_day(alice.id, days=30))
    assert told == 1000 - wallets.queries.balance_from_database(alice.id) > 0
