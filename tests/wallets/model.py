"""Random histories of three wallets beside a model of them in plain Python."""

from dataclasses import dataclass, field
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import accounts.operations
from events.models import Event
from kit.money import wire
from tests.books import assert_books_agree
from wallets import operations
from wallets.models import Entry, Wallet
from wallets.operations import InsufficientBalance, InvalidAmount, ReferenceUsed
from wallets.queries import balance

OWNERS = ("alice", "bob", "carol")
owners = st.sampled_from(OWNERS)
references = st.sampled_from([f"ref-{number}" for number in range(8)])  # few, so that they are often repeated
amounts = st.one_of(
    st.decimals(min_value="0.00000001", max_value=60, places=8),
    st.sampled_from([Decimal(value) for value in ("10", "0.5", "50", "0", "-3", "0.000000001")]),
)
corrections = amounts.map(lambda amount: -amount) | amounts


@dataclass
class Modelled:
    """What the books should say, by the rules as a person would tell them."""

    balances: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(OWNERS, Decimal(0)))
    deposited: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(OWNERS, Decimal(0)))
    moved: dict[str, tuple[str, Decimal, str]] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(OWNERS, 0))
    thresholds: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(OWNERS, Decimal(10)))
    lows: dict[str, list[tuple[str, str]]] = field(default_factory=lambda: {owner: [] for owner in OWNERS})

    def expected(self, owner: str, amount: Decimal, counter: str, reference: str) -> type[Exception] | bool:
        """Return the error that is due, or whether money moves."""
        if reference in self.moved:
            return self.moved[reference] != (owner, amount, counter) and ReferenceUsed
        return InsufficientBalance if self.balances[owner] + amount < 0 else True

    def move(self, owner: str, amount: Decimal, counter: str, reference: str, lent: Decimal = Decimal(0)) -> None:
        self.moved[reference] = owner, amount, counter
        before, threshold = self.balances[owner] - lent, self.thresholds[owner]
        self.balances[owner] += amount
        if before >= threshold > self.balances[owner]:
            self.lows[owner].append((wire(self.balances[owner]), wire(threshold)))
        self.counts[owner] += 1
        if counter == "deposits":
            self.deposited[owner] += amount


def is_exact(amount: Decimal) -> bool:
    return amount != 0 and amount == round(amount, 8)


class Wallets(RuleBasedStateMachine):
    """Moves money for real and in the model, and compares after every step."""

    @initialize()
    def open(self):
        self.modelled = Modelled()
        self.ids = {
            owner: accounts.operations.create_reseller(
                email=f"{owner}-{Wallet.objects.count()}@example.com", password=None
            ).pk
            for owner in OWNERS
        }
        self.series = f"{self.ids['alice']}:"

    @rule(owner=owners, amount=amounts, reference=references)
    def deposit(self, owner, amount, reference):
        self._try(operations.deposit, owner, amount, amount, "deposits", reference)

    @rule(owner=owners, amount=amounts, reference=references)
    def charge(self, owner, amount, reference):
        self._try(operations.charge, owner, amount, -amount, "sales", reference)

    @rule(owner=owners, amount=amounts, reference=references)
    def refund(self, owner, amount, reference):
        self._try(operations.refund, owner, amount, amount, "sales", reference)

    @rule(owner=owners, amount=corrections, reference=references)
    def adjust(self, owner, amount, reference):
        self._try(operations.adjust, owner, amount, amount, "adjustments", reference, actor="op", reason="tried")

    @rule(owner=owners, threshold=st.decimals(min_value=0, max_value=60, places=8) | st.sampled_from([0, 10, 50]))
    def set_the_threshold(self, owner, threshold):
        operations.set_low_balance(account_id=self.ids[owner], threshold=Decimal(threshold), actor="op", reason="tried")
        self.modelled.thresholds[owner] = Decimal(threshold)

    @rule(owner=owners)
    def spend_down_to_the_threshold(self, owner):
        more = self.modelled.balances[owner] - self.modelled.thresholds[owner]
        if more > 0:
            self._spend(owner, more)

    @rule(owner=owners, lent=st.decimals(min_value="0.01", max_value=9, places=2), more=st.sampled_from([0, 1, 20]))
    def lend_and_spend(self, owner, lent, more):
        """Money that is put there for a charge and taken out by it is none of what the owner had."""
        if self.modelled.balances[owner] < more:
            return
        reference = f"lent-{self.modelled.counts[owner]}-{owner}"
        with transaction.atomic():
            operations.refund(account_id=self.ids[owner], amount=lent, reference=self.series + reference)
            self.modelled.move(owner, lent, "sales", reference)
            self._spend(owner, lent + more, lent=lent)

    def _spend(self, owner, amount, **lent):
        reference = f"spent-{self.modelled.counts[owner]}-{owner}"
        operations.charge(account_id=self.ids[owner], amount=amount, reference=self.series + reference, **lent)
        self.modelled.move(owner, -amount, "sales", reference, **lent)

    @rule(owner=owners, amount=st.decimals(min_value="0.01", max_value=9, places=2))
    def deposit_and_think_better_of_it(self, owner, amount):
        with transaction.atomic():
            posting = operations.deposit(account_id=self.ids[owner], amount=amount, reference="never")
            assert posting.balance == self.modelled.balances[owner] + amount
            transaction.set_rollback(True)

    def _try(self, move, owner, amount, signed, counter, reference, **more):
        call = {"account_id": self.ids[owner], "amount": amount, "reference": self.series + reference} | more
        if not is_exact(amount) or (counter != "adjustments" and amount < 0):
            with pytest.raises(InvalidAmount):
                move(**call)
            return
        due = self.modelled.expected(owner, signed, counter, reference)
        if isinstance(due, type):
            with pytest.raises(due):
                move(**call)
            return
        posting = move(**call)
        assert posting.moved is due
        if due:
            self.modelled.move(owner, signed, counter, reference)
        assert posting.balance == self.modelled.balances[owner]

    @invariant()
    def the_books_say_what_the_model_says(self):
        if not hasattr(self, "modelled"):
            return
        for owner, account in self.ids.items():
            wallet = Wallet.objects.get(pk=account)
            assert wallet.balance == self.modelled.balances[owner]
            assert wallet.deposited == self.modelled.deposited[owner]
            assert wallet.version == self.modelled.counts[owner]
            assert Entry.objects.filter(wallet_id=account).count() == self.modelled.counts[owner]
            assert balance(account) == self.modelled.balances[owner]
            assert wallet.low_balance_threshold == self.modelled.thresholds[owner]

    @invariant()
    def each_crossing_was_told_of_once(self):
        if not hasattr(self, "modelled"):
            return
        told = Event.objects.filter(kind="balance.low", account_id__in=self.ids.values()).order_by("id")
        rows = [(e.account_id, (e.data["balance"], e.data["threshold"])) for e in told]
        for owner, account in self.ids.items():
            assert [low for of, low in rows if of == account] == self.modelled.lows[owner]

    def teardown(self):
        assert_books_agree(documents=False)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("tiers")
def test_any_history_of_movements_leaves_what_the_model_says():
    run_state_machine_as_test(
        Wallets,
        settings=settings(
            max_examples=20,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
