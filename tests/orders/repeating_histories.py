"""Any history of orders with and without request_id, against a model that says which order each call must get."""

import itertools
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings as panel
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

import wallets.queries
from orders.models import Order, Purchase, Request
from orders.operations import RequestConflict, cancel_and_refund, place
from orders.operations.settling import settle
from tests.conftest import Person, Time
from wallets.operations import InsufficientBalance

pytestmark = pytest.mark.django_db
PRICE = Decimal("0.90") / 1000
ENDS: dict[str, dict[str, Any]] = {
    "failed": {"state": "refused"},
    "canceled": {"state": "withdrawn"},
    "completed": {"state": "done", "reported": "completed", "remains": 0},
}
ENDINGS = (*ENDS, "canceled by the operator")
histories = itertools.count(1)


@dataclass
class Told:
    """The order that a request stands for: what was ordered, and when."""

    order: int
    quantity: int
    at: float


class Repetitions(RuleBasedStateMachine):
    """Two accounts that order and repeat while time passes and orders end, under some window."""

    people: tuple[Person, ...] = ()
    service_id = 0
    time: Time

    def __init__(self) -> None:
        super().__init__()
        self.link = f"https://example.com/{next(histories)}"
        self.begun_with = Order.objects.count()
        self.balances = {each.id: wallets.queries.balance_from_database(each.id) for each in self.people}
        self.asked: tuple[int, int, str | None] | None = None
        self.owners: dict[int, tuple[int, Decimal]] = {}
        self.came_to_nothing: set[int] = set()
        self.blind: dict[tuple[int, int], Told] = {}
        self.named: dict[tuple[int, str], Told] = {}

    def meant(self, account: int, quantity: int, name: str | None) -> Told | None:
        """Return what is known of the request already, by the words of the protocol."""
        if name is not None:
            return self.named.get((account, name))
        told = self.blind.get((account, quantity))
        if told is None or told.order in self.came_to_nothing:
            return None
        return told if self.time.at - told.at < panel.DUPLICATES_WINDOW else None

    @rule(
        who=st.sampled_from([0, 0, 1]),
        quantity=st.sampled_from([100, 100, 200, 60_000]),
        name=st.sampled_from([None, None, None, "r-1", "r-2"]),
    )
    def order(self, who, quantity, name):
        self.asked = self.people[who].id, quantity, name
        self.ask(*self.asked)

    @rule(waits=st.lists(st.sampled_from([0, 59, 60, 119, 120]), min_size=1, max_size=3))
    def repeat(self, waits):
        for seconds in [*waits, 0]:
            self.time.move(seconds=seconds)
            if self.asked:
                self.ask(*self.asked)

    @rule(how=st.sampled_from(ENDINGS))
    def repeat_what_has_ended(self, how):
        self.end(0, how)
        self.repeat([0, 0])

    def ask(self, account, quantity, name):
        known, charge = self.meant(account, quantity, name), PRICE * quantity
        if known is not None and known.quantity != quantity:
            self.refused(RequestConflict, account, quantity, name)
        elif known is None and self.balances[account] < charge:
            self.refused(InsufficientBalance, account, quantity, name)
        else:
            placed = self.place(account, quantity, name)
            assert placed.replayed == (known is not None)
            if known is not None:
                assert placed.id == known.order
                return
            assert placed.id not in self.owners
            self.owners[placed.id] = account, charge
            self.balances[account] -= charge
            told = Told(placed.id, quantity, self.time.at)
            if name is not None:
                self.named[account, name] = told
            else:
                self.blind[account, quantity] = told

    def place(self, account, quantity, name):
        params = {"service": str(self.service_id), "link": self.link, "quantity": str(quantity)}
        return place(account_id=account, params=params, request_id=None if name is None else f"{self.link} {name}")

    def refused(self, error, account, quantity, name):
        before = list(Request.objects.order_by("id").values_list("id", "order", "at"))
        with pytest.raises(error):
            self.place(account, quantity, name)
        assert list(Request.objects.order_by("id").values_list("id", "order", "at")) == before

    @rule(which=st.integers(0, 9), how=st.sampled_from(ENDINGS))
    def end(self, which, how):
        open_ones = Order.objects.filter(pk__in=self.owners, ended_at=None).order_by("-id").values_list("id", flat=True)
        if not open_ones:
            return
        order = open_ones[which % len(open_ones)]
        if how in ENDS:
            theirs = f"their-{order}" if how == "completed" else None
            Purchase.objects.filter(order=order).update(provider_order_id=theirs, **ENDS[how])
            assert settle(order).status == how
        else:
            cancel_and_refund(order_id=order, actor="bob", reason="a test")
        if how != "completed":
            account, charge = self.owners[order]
            self.balances[account] += charge
            self.came_to_nothing.add(order)

    @initialize(window=st.sampled_from([120, 120, 60, 0]))
    def begin(self, window):
        panel.DUPLICATES_WINDOW = window

    @invariant()
    def the_money_is_that_of_the_orders(self):
        assert Order.objects.count() == self.begun_with + len(self.owners)
        for account, balance in self.balances.items():
            assert wallets.queries.balance_from_database(account) == balance


def test_any_history_gives_each_call_the_order_it_means(person, service, time, settings_kept):
    people = person("alice", deposit="100"), person("bob", deposit="100")
    type(service).objects.update(max=100_000)
    time.at = 1_800_000_000.0
    Repetitions.people, Repetitions.service_id, Repetitions.time = people, service.pk, time
    run_state_machine_as_test(
        Repetitions,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )


@pytest.fixture
def settings_kept(settings):
    """Have what the machine does to the settings undone."""
    settings.DUPLICATES_WINDOW = 120
