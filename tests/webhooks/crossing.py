"""`balance.low` is told by the debit that takes the balance from the threshold or above to below, and by no other."""

from decimal import Decimal

import pytest
from django.db import transaction

import accounts.operations
from events.models import Event
from tests.breaking import refused_by
from tests.orders.subscribed import posts_service, say, size, subscription
from tests.webhooks.conftest import told
from wallets import operations
from wallets.models import Wallet
from wallets.operations import InsufficientBalance, InvalidAmount, NoWallet, ReferenceUsed
from wallets.queries import low_balance_threshold

__all__ = ["posts_service", "subscription"]
pytestmark = pytest.mark.django_db
WHO = {"actor": "operator@example.com", "reason": "as they asked"}
BEYOND = 999_000_000  # no real order of the tests has such a number


@pytest.fixture
def wallet(alice, listen):
    """Alice's wallet of 100 USD, whose threshold is 10."""
    return Moved(alice.id, listen(alice, "http://127.0.0.1:9999/", "balance.low"))


class Moved:
    """A wallet that is moved by amounts, each with a reference of its own, and what its endpoint was told."""

    def __init__(self, account_id, endpoint):
        self.account_id, self.endpoint, self.count = account_id, endpoint, 0

    def __call__(self, move, amount, **more):
        self.count += 1
        call = {
            "account_id": self.account_id,
            "amount": Decimal(amount),
            "reference": f"order:{BEYOND + self.count}:charge",
        }
        return move(**call | more)

    def charge(self, *amounts):
        for each in amounts:
            self(operations.charge, each)

    def threshold(self, amount):
        operations.set_low_balance(account_id=self.account_id, threshold=Decimal(amount), **WHO)

    @property
    def told(self):
        """The balances that were told as low."""
        return [data["balance"] for _, data in told(self.endpoint)]


def test_exactly_the_threshold_is_not_below_it(wallet):
    wallet.charge("90")
    assert wallet.told == []
    wallet.charge("0.00000001")
    assert told(wallet.endpoint) == [
        ("balance.low", {"balance": "9.99999999", "threshold": "10.00", "currency": "USD"}),
    ]
    (event,) = Event.objects.filter(kind="balance.low")
    assert (event.subject, event.subject_id, event.account_id) == ("account", wallet.account_id, wallet.account_id)


def test_below_it_nothing_more_is_told(wallet):
    wallet.charge("95", "1", "1", "3")
    assert wallet.told == ["5.00"]


def test_from_a_balance_that_is_exactly_the_threshold_it_is_told(wallet):
    wallet.charge("90", "10")
    assert wallet.told == ["0.00"]


def deposit(wallet, amount):
    return accounts.operations.deposit(
        account_id=wallet.account_id, amount=Decimal(amount), reference=f"d-{wallet.count}", actor="the test"
    )


def refund(wallet, amount):
    return wallet(operations.refund, amount, reference=f"order:{BEYOND + wallet.count}:refund:{amount}")


def adjust(wallet, amount):
    return wallet(operations.adjust, amount, **WHO)


@pytest.mark.parametrize("put_back", [deposit, refund, adjust])
def test_whatever_brings_the_balance_to_it_arms_it_again(put_back, wallet):
    wallet.charge("95")
    put_back(wallet, "4.99")
    wallet.charge("1")
    assert wallet.told == ["5.00"], "it was not brought to the threshold"
    put_back(wallet, "1.01")
    wallet.charge("0.01")
    assert wallet.told == ["5.00", "9.99"]


def test_a_correction_downwards_is_a_debit(wallet):
    adjust(wallet, "-90.01")
    assert wallet.told == ["9.99"]


def test_a_refused_charge_tells_nothing(wallet):
    with pytest.raises(InsufficientBalance), transaction.atomic():
        wallet.charge("100.01")
    assert wallet.told == []
    assert not Event.objects.filter(kind="balance.low").exists()


def test_a_replayed_charge_tells_nothing(wallet):
    for _ in range(3):
        wallet(operations.charge, "95", reference=f"order:{BEYOND}:charge")
    assert wallet.told == ["5.00"]
    deposit(wallet, "10")
    wallet(operations.charge, "95", reference=f"order:{BEYOND}:charge")
    with pytest.raises(ReferenceUsed), transaction.atomic():
        wallet(operations.charge, "6", reference=f"order:{BEYOND}:charge")
    assert wallet.told == ["5.00"]


def test_a_threshold_of_nothing_is_never_crossed(wallet):
    wallet.threshold("0")
    wallet.charge("99.99999999", "0.00000001")
    assert wallet.told == []
    assert not Event.objects.filter(kind="balance.low").exists()


def test_a_new_threshold_counts_from_the_next_debit(wallet):
    wallet.charge("80")  # 20
    wallet.threshold("20.00000001")
    assert wallet.told == [], "a threshold that is set above the balance is no debit"
    wallet.charge("1")  # 19: it was below before
    assert wallet.told == []
    wallet.threshold("19")
    wallet.charge("0.00000001")
    assert told(wallet.endpoint) == [
        ("balance.low", {"balance": "18.99999999", "threshold": "19.00", "currency": "USD"})
    ]


def test_a_threshold_that_is_set_is_a_fact_with_who_and_why(alice):
    operations.set_low_balance(account_id=alice.id, threshold=Decimal("12.5"), **WHO)
    assert low_balance_threshold(alice.id) == Decimal("12.5")
    event = Event.objects.get(kind="wallet.low_balance_set")
    assert (event.data, event.actor, event.reason) == ({"threshold": "12.50"}, WHO["actor"], WHO["reason"])
    assert (event.subject, event.subject_id) == ("account", alice.id)


@pytest.mark.parametrize(
    ("threshold", "said"),
    [
        ("-0.01", "-0.01 is below zero; 0 means never"),
        (
            "0.000000001",
            "0.000000001 is not an amount other than zero, below 1,000,000,000,000, with at most eight decimals",
        ),
        (
            "1000000000000",
            "1000000000000 is not an amount other than zero, below 1,000,000,000,000, with at most eight decimals",
        ),
        ("NaN", "NaN is not an amount other than zero, below 1,000,000,000,000, with at most eight decimals"),
    ],
)
def test_refuses_a_threshold_that_is_none(threshold, said, alice):
    with pytest.raises(InvalidAmount) as refusal:
        operations.set_low_balance(account_id=alice.id, threshold=Decimal(threshold), **WHO)
    assert str(refusal.value) == said
    assert low_balance_threshold(alice.id) == 10
    assert not Event.objects.filter(kind="wallet.low_balance_set").exists()


def test_refuses_a_threshold_of_an_account_that_is_not_there(db):
    with pytest.raises(NoWallet, match="account 999999 has no wallet"):
        operations.set_low_balance(account_id=999999, threshold=Decimal(1), **WHO)
    assert not Event.objects.exists()


def test_the_database_takes_no_threshold_below_zero(alice):
    with refused_by("wallet_low_balance_threshold_not_negative"):
        Wallet.objects.filter(pk=alice.id).update(low_balance_threshold=-1)


# A subscription's first money goes back to the wallet, and out again as its first post's, in one transaction.


def test_money_that_is_lent_for_the_charge_itself_is_none_of_the_balance(wallet):
    wallet.charge("90.02")  # 9.98: told
    with transaction.atomic():
        refund(wallet, "0.045")  # 10.025
        wallet(operations.charge, "0.18", lent=Decimal("0.045"))  # 9.845
    assert wallet.told == ["9.98"]


def test_without_what_was_lent_it_can_still_cross(wallet):
    wallet.charge("90")  # 10: not below
    with transaction.atomic():
        refund(wallet, "0.045")
        wallet(operations.charge, "0.18", lent=Decimal("0.045"))
    assert wallet.told == ["9.865"]


@pytest.mark.parametrize(("left", "low"), [("9.98", []), ("9.99999999", []), ("10", ["9.865"]), ("10.135", [])])
def test_the_first_post_of_a_subscription(left, low, wallet, subscription):
    order = subscription(posts=2)
    wallet.charge(Decimal("99.955") - Decimal(left))
    before = wallet.told
    say(order, "active", "p1")
    size("p1", 200)  # 0.18, of which 0.045 was taken at placing
    assert wallet.told == before + low
    assert Wallet.objects.get(pk=wallet.account_id).balance == Decimal(left) - Decimal("0.135")
