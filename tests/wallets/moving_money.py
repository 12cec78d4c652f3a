"""Each movement once, by its reference, and a refused one not at all."""

from decimal import Decimal

import pytest

from wallets.models import Entry, Wallet
from wallets.operations import (
    InsufficientBalance,
    InvalidAmount,
    InvalidReference,
    NoWallet,
    ReferenceUsed,
    adjust,
    charge,
    deposit,
    refund,
)
from wallets.queries import broken_wallets

pytestmark = pytest.mark.django_db(transaction=True)  # a refusal ends the transaction it is in


def state():
    """Return every wallet and every entry."""
    return list(Wallet.objects.order_by("pk").values()), list(Entry.objects.order_by("pk").values())


def last_entry(person):
    return Entry.objects.filter(wallet_id=person.id).latest("seq")


def test_a_charge_takes_exactly_its_amount(alice):
    posting = charge(
        account_id=alice.id, amount=Decimal("0.00000001"), reference="a", actor="api:np_live_1", reason="r"
    )
    assert (posting.balance, posting.version, posting.moved) == (Decimal("99.99999999"), 2, True)
    entry = last_entry(alice)
    assert (entry.amount, entry.balance_after, entry.seq) == (Decimal("-0.00000001"), Decimal("99.99999999"), 2)
    assert (entry.counter, entry.reference, entry.actor, entry.reason) == ("sales", "a", "api:np_live_1", "r")
    assert list(broken_wallets()) == []


def test_a_charge_may_take_all_there_is(alice):
    assert charge(account_id=alice.id, amount=Decimal(100), reference="a").balance == 0
    assert list(broken_wallets()) == []


def test_a_charge_of_more_than_there_is_is_refused(alice):
    before = state()
    with pytest.raises(InsufficientBalance) as refusal:
        charge(account_id=alice.id, amount=Decimal("100.00000001"), reference="a")
    assert str(refusal.value) == "the wallet holds 100.00 USD"
    assert state() == before


def test_a_refused_charge_does_not_use_its_reference_up(alice):
    with pytest.raises(InsufficientBalance):
        charge(account_id=alice.id, amount=Decimal(150), reference="a")
    deposit(account_id=alice.id, amount=Decimal(50), reference="b")
    assert charge(account_id=alice.id, amount=Decimal(150), reference="a").moved is True
    assert list(broken_wallets()) == []


def test_only_deposits_count_as_deposited(alice):
    charge(account_id=alice.id, amount=Decimal(10), reference="a")
    refund(account_id=alice.id, amount=Decimal(10), reference="b")
    adjust(account_id=alice.id, amount=Decimal(7), reference="c", actor="the operator", reason="goodwill")
    assert deposit(account_id=alice.id, amount=Decimal(1), reference="d").deposited == 101
    assert list(broken_wallets()) == []


@pytest.mark.parametrize("move", [deposit, charge, refund])
def test_a_repeated_reference_moves_nothing_and_tells_how_the_wallet_stands(alice, move):
    first = move(account_id=alice.id, amount=Decimal(40), reference="a")
    charge(account_id=alice.id, amount=Decimal(1), reference="between")
    before = state()
    again = move(account_id=alice.id, amount=Decimal(40), reference="a")
    assert (again.moved, again.balance, again.version) == (False, first.balance - 1, first.version + 1)
    assert state() == before


def test_a_charge_that_emptied_the_wallet_is_told_again_not_refused(alice):
    charge(account_id=alice.id, amount=Decimal(100), reference="a")
    again = charge(account_id=alice.id, amount=Decimal(100), reference="a")
    assert (again.moved, again.balance) == (False, Decimal(0))


def test_an_adjustment_by_the_same_reference_is_made_once(alice):
    for _ in range(2):
        posting = adjust(account_id=alice.id, amount=Decimal(-30), reference="a", actor="op", reason="a mistake")
    assert (posting.moved, posting.balance) == (False, Decimal(70))
    assert list(broken_wallets()) == []


@pytest.mark.parametrize(
    "again",
    [
        lambda alice, bob: charge(account_id=alice.id, amount=Decimal(11), reference="a"),
        lambda alice, bob: charge(account_id=bob.id, amount=Decimal(10), reference="a"),
        lambda alice, bob: refund(account_id=alice.id, amount=Decimal(10), reference="a"),
        lambda alice, bob: adjust(account_id=alice.id, amount=Decimal(-10), reference="a", actor="op", reason="r"),
        lambda alice, bob: deposit(account_id=bob.id, amount=Decimal(10), reference="a"),
    ],
    ids=["another amount", "another account", "the other direction", "another counter", "a deposit elsewhere"],
)
def test_a_reference_of_something_else_is_refused(alice, bob, again):
    charge(account_id=alice.id, amount=Decimal(10), reference="a")
    before = state()
    with pytest.raises(ReferenceUsed) as refusal:
        again(alice, bob)
    assert str(refusal.value) == "the reference 'a' was already used for -10.00 USD"
    assert state() == before


def test_an_account_without_a_wallet_is_named(alice):
    with pytest.raises(NoWallet) as refusal:
        charge(account_id=2**40, amount=Decimal(1), reference="a")
    assert str(refusal.value) == f"account {2**40} has no wallet"


TEXT = "is not an amount other than zero, below 1,000,000,000,000, with at most eight decimals"


@pytest.mark.parametrize("move", [deposit, charge, refund])
@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("0", f"0 {TEXT}"),
        ("-1", "-1 is not an amount above zero"),
        ("0.000000001", f"0.000000001 {TEXT}"),
        ("NaN", f"NaN {TEXT}"),
        ("Infinity", f"Infinity {TEXT}"),
        ("1E12", f"1000000000000 {TEXT}"),
        ("1E400", f"1E+400 {TEXT}"),
        ("-Infinity", f"-Infinity {TEXT}"),
    ],
)
def test_an_amount_that_is_none_is_refused(alice, move, amount, said):
    before = state()
    with pytest.raises(InvalidAmount) as refusal:
        move(account_id=alice.id, amount=Decimal(amount), reference="a")
    assert str(refusal.value) == said
    assert state() == before


def test_more_than_a_wallet_can_hold_is_refused(alice):
    before = state()
    with pytest.raises(InvalidAmount) as refusal:
        deposit(account_id=alice.id, amount=Decimal("999999999999"), reference="a")
    assert str(refusal.value) == "with 999999999999.00 USD more the wallet would reach 1,000,000,000,000"
    assert state() == before


@pytest.mark.parametrize(("actor", "reason"), [("", "r"), ("op", ""), ("  ", "r"), ("op", " ")])
def test_an_adjustment_without_who_and_why_is_refused(alice, actor, reason):
    before = state()
    with pytest.raises(InvalidAmount) as refusal:
        adjust(account_id=alice.id, amount=Decimal(1), reference="a", actor=actor, reason=reason)
    assert str(refusal.value) == "an adjustment needs who makes it and why"
    assert state() == before


def test_an_adjustment_takes_no_more_than_there_is(alice):
    before = state()
    with pytest.raises(InsufficientBalance) as refusal:
        adjust(account_id=alice.id, amount=Decimal("-100.01"), reference="a", actor="op", reason="r")
    assert str(refusal.value) == "the wallet holds 100.00 USD"
    assert state() == before


@pytest.mark.parametrize("reference", ["", "  ", "x" * 201])
def test_a_reference_that_names_nothing_or_is_too_long_is_refused(alice, reference):
    before = state()
    with pytest.raises(InvalidReference) as refusal:
        charge(account_id=alice.id, amount=Decimal(1), reference=reference)
    assert str(refusal.value) == f"a reference has 1 to 200 characters, not {len(reference)}"
    assert state() == before


def test_a_long_reason_is_kept_to_the_length_of_its_column(alice):
    charge(account_id=alice.id, amount=Decimal(1), reference="a", reason="because " * 100)
    assert last_entry(alice).reason == ("because " * 100)[:500]
