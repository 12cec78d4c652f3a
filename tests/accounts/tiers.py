"""Tiers: reached by lifetime deposits, never left by themselves, and the operator's to edit."""

from decimal import Decimal
from functools import partial

import pytest

from accounts.models import Tier, User
from accounts.operations import deposit, edit_tier, pin_tier
from events.models import Event
from events.queries import history
from tests.books import assert_books_agree
from tests.racing import at_once
from wallets.operations import InvalidReference, NoWallet, ReferenceUsed, adjust, charge, refund

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def carol(person):
    """Return a reseller who has deposited nothing."""
    return person("carol", deposit="0")


def pay(person, amount, reference="r"):
    return deposit(account_id=person.id, amount=Decimal(amount), reference=reference, actor="op")


def tier_of(person):
    return User.objects.select_related("tier").get(pk=person.id).tier.name


def moves(person):
    return [event.data for event in history("account", person.id) if event.kind == "account.tier_changed"]


@pytest.mark.parametrize(
    ("amounts", "tier"),
    [
        (["499.99999999"], "Standard"),
        (["500"], "Reseller"),
        (["499.99999999", "0.00000001"], "Reseller"),
        (["4999.99999999"], "Reseller"),
        (["5000"], "Agency"),
        (["500", "4499.99999999"], "Reseller"),
        (["500", "4500"], "Agency"),
        (["0.00000001"] * 3, "Standard"),
    ],
)
def test_a_tier_is_reached_exactly_at_its_threshold(carol, amounts, tier):
    for number, amount in enumerate(amounts):
        pay(carol, amount, str(number))
    assert tier_of(carol) == tier


def test_a_deposit_over_two_thresholds_is_one_move(carol):
    pay(carol, "9000")
    assert moves(carol) == [{"from": "Standard", "to": "Agency"}]


def test_a_move_up_is_told_with_its_cause(carol):
    pay(carol, "500")
    event = Event.objects.get(kind="account.tier_changed", account_id=carol.id)
    assert (event.actor, event.reason) == ("op", "deposits of 500.00000000 USD")


def test_a_deposit_that_was_posted_before_moves_no_tier(carol):
    pay(carol, "300")
    assert pay(carol, "300").moved is False
    assert tier_of(carol) == "Standard"
    assert Event.objects.filter(kind="wallet.deposited", account_id=carol.id).count() == 1


def test_only_deposits_count(carol):
    adjust(account_id=carol.id, amount=Decimal(9000), reference="a", actor="op", reason="goodwill")
    charge(account_id=carol.id, amount=Decimal(8000), reference="b")
    refund(account_id=carol.id, amount=Decimal(8000), reference="c")
    pay(carol, "1")
    assert tier_of(carol) == "Standard"


def test_spending_and_corrections_never_move_a_tier_down(carol):
    pay(carol, "5000")
    charge(account_id=carol.id, amount=Decimal(4000), reference="a")
    adjust(account_id=carol.id, amount=Decimal(-1000), reference="b", actor="op", reason="a chargeback")
    pay(carol, "1", "again")
    assert tier_of(carol) == "Agency"


def test_a_raised_threshold_moves_nobody_down(carol):
    pay(carol, "500")
    tier = Tier.objects.get(name="Reseller")
    tier.deposits_from = Decimal(1000)
    edit_tier(tier=tier)
    pay(carol, "1", "again")
    assert tier_of(carol) == "Reseller"


def test_a_pinned_tier_stays(carol):
    standard = Tier.objects.get(name="Standard")
    pin_tier(account_id=carol.id, tier_id=standard.pk, pinned=True, actor="op", reason="by agreement")
    pay(carol, "5000")
    assert tier_of(carol) == "Standard"


def test_an_unpinned_tier_moves_with_the_next_deposit(carol):
    standard = Tier.objects.get(name="Standard")
    pin_tier(account_id=carol.id, tier_id=standard.pk, pinned=True, actor="op")
    pay(carol, "5000")
    pin_tier(account_id=carol.id, tier_id=standard.pk, pinned=False, actor="op")
    pay(carol, "0.01", "again")
    assert tier_of(carol) == "Agency"


def test_an_operator_may_put_an_account_into_a_lower_tier_and_it_stays_there_while_pinned(carol):
    pay(carol, "5000")
    pin_tier(account_id=carol.id, tier_id=Tier.objects.get(name="Reseller").pk, pinned=True, actor="op", reason="abuse")
    pay(carol, "5000", "again")
    assert tier_of(carol) == "Reseller"
    event = Event.objects.filter(kind="account.tier_changed", account_id=carol.id).latest("id")
    assert (event.data, event.actor, event.reason) == ({"from": "Agency", "to": "Reseller"}, "op", "abuse")


@committed
def test_ten_deposits_at_once_that_cross_a_threshold_together_move_once(carol):
    results = at_once(*[partial(pay, carol, "50", str(number)) for number in range(10)])
    assert max(each.deposited for each in results) == 500
    assert tier_of(carol) == "Reseller"
    assert moves(carol) == [{"from": "Standard", "to": "Reseller"}]
    assert_books_agree()


@committed
def test_one_payment_told_by_ten_threads_is_deposited_once(carol):
    results = at_once(*[partial(pay, carol, "500")] * 10)
    assert sorted(each.moved for each in results) == [False] * 9 + [True]
    assert {each.balance for each in results} == {Decimal(500)}
    assert moves(carol) == [{"from": "Standard", "to": "Reseller"}]
    assert_books_agree()


def test_an_edited_tier_has_a_newer_version_and_an_event(tiers):
    tier = Tier.objects.get(name="Standard")
    tier.requests_per_minute, tier.discount_percent = 300, Decimal("2.50")
    edit_tier(tier=tier, actor="op")
    edited = Tier.objects.get(pk=tier.pk)
    assert (edited.version, edited.requests_per_minute, edited.discount_percent) == (2, 300, Decimal("2.50"))
    event = history("tier", tier.pk).get()
    assert (event.kind, event.actor, event.data["requests_per_minute"]) == ("tier.edited", "op", 300)


def test_a_tier_edited_from_an_old_form_still_has_a_newer_version(tiers):
    old_form = Tier.objects.get(name="Standard")
    for _ in range(3):
        edit_tier(tier=Tier.objects.get(name="Standard"))
    assert edit_tier(tier=old_form).version == 5


def test_a_new_tier_is_reached_by_the_next_deposit(carol):
    edit_tier(tier=Tier(name="Starter", deposits_from=Decimal(10), requests_per_minute=250))
    pay(carol, "10")
    assert tier_of(carol) == "Starter"


@pytest.mark.parametrize("reference", ["", "  "])
def test_a_deposit_without_a_reference_is_refused(carol, reference):
    with pytest.raises(InvalidReference) as refusal:
        pay(carol, "10", reference)
    assert str(refusal.value) == "a deposit needs a reference: what names the payment"
    assert tier_of(carol) == "Standard"


def test_a_payment_that_is_another_ones_is_refused_and_leaves_nothing(carol, bob):
    pay(carol, "500")
    before = Event.objects.count()
    with pytest.raises(ReferenceUsed) as refusal:
        pay(bob, "500")
    assert str(refusal.value) == "the reference 'deposit:r' was already used for 500.00 USD"
    assert (Event.objects.count(), tier_of(bob)) == (before, "Standard")


def test_a_deposit_for_nobody_is_refused(tiers):
    with pytest.raises(NoWallet) as refusal:
        deposit(account_id=2**40, amount=Decimal(1), reference="r")
    assert str(refusal.value) == f"account {2**40} has no wallet"
    assert not Event.objects.exists()
