"""Whatever providers answer, in whatever order: each refund once, and the money adds up, against a plain model.

One example is the whole history of one order: up to four runs at up to two sources, with the provider's answers (late,
repeated, going backwards, contradicting themselves), crashes, cancels and the operator's decisions between them.
`HISTORIES=20000` in the environment runs as many; without it 150.
"""

import contextlib
import os
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import accounts.operations
import orders.queries
import wallets.queries
from catalog.models import Service, Source
from kit import clock
from orders.models import Order, Purchase
from orders.operations import (
    CannotDecide,
    buying,
    cancel_and_refund,
    cancelling,
    following,
    mark_not_placed,
    mark_placed,
    place,
    resend,
    resending,
    sweeping,
)
from providers.following import StatusNews
from providers.models import Provider
from providers.operations import add_provider
from providers.outcomes import NotSent, Placed, ProviderFault, Refused, Unknown
from wallets.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
HISTORIES = int(os.environ.get("HISTORIES", "150"))
EIGHT = Decimal("0.00000001")
LONG_AGO = "2020-01-01T00:00Z"
numbers = iter(range(1, 10**9))
OUTCOMES: dict[str, type[Refused | Unknown | NotSent | ProviderFault]] = {
    "refused": Refused,
    "unknown": Unknown,
    "not_sent": NotSent,
    "fault": ProviderFault,
}


@dataclass
class Run:
    """What the model knows of one run: where it is, and how much of it is not delivered."""

    quantity: int
    place: str = "waiting"  # waiting, sending, unknown, placed, over
    left: int = 0
    said: tuple[str, int | None] = ("", None)
    sources: int = 1

    def __post_init__(self) -> None:
        self.left = self.quantity

    def refuse(self) -> None:
        """The provider does not take it: the next source, or the end."""
        self.sources -= 1
        self.place, self.left = ("waiting" if self.sources else "over"), self.quantity
        self.said = ("", None)

    def hear(self, status: str | None, remains: int | None, known: tuple[str, int | None]) -> None:
        """The provider says how the run is doing, to somebody who knew `known` when he asked."""
        if self.place != "placed" or known != self.said or status is None:
            return
        if status == "partial" and remains is None:
            return
        remains = self.said[1] if remains is None else min(remains, self.quantity)
        self.said = (status, remains)
        if status == "completed":
            self.left = 0
        elif status == "canceled" or remains is None:
            self.left = self.quantity
        else:
            self.left = remains
        if status in {"completed", "partial", "canceled"}:
            self.place = "over"


@dataclass
class Model:
    """One order: its runs, its charge, and what was given back so far."""

    charge: Decimal
    runs: list[Run]
    refunds: list[Decimal] = field(default_factory=list)

    @property
    def quantity(self) -> int:
        return sum(run.quantity for run in self.runs)

    @property
    def refunded(self) -> Decimal:
        return sum(self.refunds, Decimal(0))

    def settle(self) -> None:
        """Give back what is over and not delivered, less what was given back before."""
        undelivered = sum(run.left for run in self.runs if run.place == "over")
        total = (self.charge * undelivered / self.quantity).quantize(EIGHT, ROUND_HALF_UP)
        if total > self.refunded:
            self.refunds.append(total - self.refunded)

    @property
    def status(self) -> str | None:
        """Return how the order ended, or None while it has not."""
        if any(run.place != "over" for run in self.runs):
            return None
        left = sum(run.left for run in self.runs)
        if left == 0:
            return "completed"
        return "partial" if left < self.quantity else "given up"


class World:
    """The panel, with one order in it, and the model beside it; each method does one thing to both."""

    account_id = 0
    service_id = 0

    def __init__(self, rate: Decimal, quantity: int, runs: int, sources: int) -> None:
        Service.objects.filter(pk=self.service_id).update(rate=rate)
        Source.objects.filter(service_id=self.service_id, priority=2).update(active=sources == 2)
        self.before = wallets.queries.balance_from_database(self.account_id)
        params = {"service": str(self.service_id), "link": "https://example.com/p", "quantity": str(quantity)}
        params |= {"runs": str(runs), "interval": "1"} if runs > 1 else {}
        placed = place(account_id=self.account_id, params=params, request_id=f"history-{next(numbers)}")
        self.order_id = placed.id
        Purchase.objects.filter(order_id=self.order_id).update(due_at=LONG_AGO)
        charge = (rate * quantity * runs / 1000).quantize(EIGHT, ROUND_HALF_UP)
        self.model = Model(charge, [Run(quantity, sources=sources) for _ in range(runs)])
        self.looks: list[tuple[int, following.Followed]] = []

    def live(self, run: int) -> Purchase:
        return Purchase.objects.filter(order_id=self.order_id, run=run + 1).order_by("-attempt")[0]

    def send(self, run: int, outcome: str) -> None:
        """One run is claimed, and this comes of its call."""
        self._only_due(run)
        claimed = buying.claim([])
        if claimed is None:
            return
        known = self.model.runs[run]
        assert known.place == "waiting"
        if outcome == "lost":
            Purchase.objects.filter(pk=claimed.id).update(claimed_at=clock.now() - timedelta(minutes=10))
            sweeping.give_up_lost_calls()
            known.place = "unknown"
        elif outcome == "placed":
            buying.record(claimed, Placed(f"their-{next(numbers)}"))
            known.place = "placed"
        else:
            buying.record(claimed, OUTCOMES[outcome]("said so"))
            if outcome == "refused":
                known.refuse()
            elif outcome == "unknown":
                known.place = "unknown"
        Provider.objects.update(ask_again_at=None, failing_since=None, failure="", failing_at="", unknown_in_a_row=0)

    def again(self, run: int, outcome: str) -> None:
        """What is unknown is sent again under its request_id, and this comes of it; nothing of before can arrive."""
        known, before = self.model.runs[run], clock.now() - timedelta(minutes=10)
        mine = Purchase.objects.filter(order_id=self.order_id, resend_at__isnull=False)
        mine.update(resend_at="2999-01-01T00:00Z")
        chosen = mine.filter(run=run + 1)
        if not chosen.update(resend_at=before, claimed_at=before):
            return
        chosen.filter(resent_at__isnull=False).update(resent_at=before)
        claimed = resending.claim([])
        assert claimed is not None
        assert known.place == "unknown"
        canceled = Purchase.objects.filter(pk=claimed.id, cancel_requested_at__isnull=False).exists()
        if outcome == "placed":
            resending.record(claimed, Placed(f"their-{next(numbers)}"))
            known.place = "placed"
        elif outcome == "lost":
            Purchase.objects.filter(pk=claimed.id).update(resent_at=before)
            sweeping.give_up_lost_calls()
        else:
            resending.record(claimed, OUTCOMES[outcome]("said so"))
            if outcome == "refused":
                known.refuse()
                known.place = "over" if canceled else known.place
            elif outcome == "fault":
                known.place = "waiting"
        Provider.objects.update(ask_again_at=None, failing_since=None, failure="", failing_at="", unknown_in_a_row=0)

    def _only_due(self, run: int) -> None:
        mine = Purchase.objects.filter(order_id=self.order_id, state="queued")
        mine.update(due_at="2999-01-01T00:00Z")
        mine.filter(run=run + 1).update(due_at=LONG_AGO)

    def look(self, run: int) -> None:
        """Somebody asks about the run; the answer comes later."""
        purchase = self.live(run)
        if purchase.provider_order_id:
            self.looks.append((run, _followed(purchase)))

    def hear(self, which: int, status: str | None, remains: int | None) -> None:
        """One of the looks is answered, now or again."""
        if not self.looks:
            return
        run, followed = self.looks[which % len(self.looks)]
        purchase = self.live(run)
        following.learn(followed, StatusNews(status, remains=remains))
        if purchase.pk == followed.id:
            self.model.runs[run].hear(status, remains, (followed.reported, followed.remains))

    def cancel(self) -> None:
        """The operator gives the order up."""
        with contextlib.suppress(CannotDecide):
            cancel_and_refund(order_id=self.order_id, actor="operator", reason="a test")
            for run in self.model.runs:
                run.place = "over"

    def ask_to_cancel(self) -> None:
        """The reseller cancels: what waits is over at once; of the rest, the provider's word decides."""
        cancelling.cancel(account_id=self.account_id, sent=[str(self.order_id)])
        for run in self.model.runs:
            if run.place == "waiting":
                run.place, run.left = "over", run.quantity

    def decide(self, how: str) -> None:
        """The operator decides on what is unknown."""
        unknown = [run for run in self.model.runs if run.place == "unknown"]
        with contextlib.suppress(CannotDecide):
            if how == "placed":
                their = f"ord_{next(numbers)}"
                mark_placed(order_id=self.order_id, provider_order_id=their, actor="operator", reason="a test")
            elif how == "resend":
                resend(order_id=self.order_id, actor="operator", reason="a test")
            else:
                mark_not_placed(order_id=self.order_id, actor="operator", reason="a test")
            assert unknown
            # Where the provider knows it by its request_id, it is sent again as it is, and stays unknown till then.
            again = "unknown" if Provider.objects.filter(dialect="standard").exists() else "waiting"
            for run in unknown:
                run.place = {"placed": "placed", "resend": again, "not_placed": "over"}[how]

    def hold_too_long(self) -> None:
        """What waits has waited for more than HOLD_HOURS."""
        Purchase.objects.filter(order_id=self.order_id, state="queued").update(wanted_at=LONG_AGO)
        sweeping.refund_held_orders()
        for run in self.model.runs:
            if run.place == "waiting":
                run.place, run.left = "over", run.quantity
                self.model.settle()  # each is a cause of its own

    def check(self) -> None:
        """The panel says what the model says."""
        model = self.model
        model.settle()
        order = Order.objects.get(pk=self.order_id)
        back = Entry.objects.filter(reference__startswith=f"order:{order.pk}:refund:").order_by("id")
        assert order.charge == model.charge
        assert [entry.amount for entry in back] == model.refunds
        assert order.refunded == model.refunded
        assert wallets.queries.balance_from_database(self.account_id) == self.before - model.charge + model.refunded
        if model.status == "given up":
            assert order.status in {"canceled", "failed"}
            assert order.refunded == order.charge
        elif model.status is not None:
            assert order.status == model.status
        else:
            assert order.ended_at is None


def _followed(purchase: Purchase) -> following.Followed:
    names = following.Followed.__dataclass_fields__
    return following.Followed(**{name: getattr(purchase, name) for name in names})


RUN = st.integers(0, 3)
STATUS = st.sampled_from(["pending", "processing", "in_progress", "completed", "partial", "canceled", None])
STEP = st.one_of(
    st.tuples(st.just("send"), RUN, st.sampled_from(["placed", "placed", "placed", *OUTCOMES, "lost"])),
    st.tuples(st.just("again"), RUN, st.sampled_from(["placed", *OUTCOMES, "lost"])),
    st.tuples(st.just("look"), RUN),
    st.tuples(st.just("hear"), st.integers(0, 5), STATUS, st.none() | st.integers(0, 400)),
    st.tuples(st.just("hear"), st.integers(0, 5), STATUS, st.none() | st.integers(0, 400)),
    st.tuples(st.sampled_from(["cancel", "ask_to_cancel", "hold_too_long"])),
    st.tuples(st.just("decide"), st.sampled_from(["placed", "resend", "not_placed"])),
)
# A history without an order upstream has little to tell: most begin with one.
BEGIN: st.SearchStrategy[list[tuple[Any, ...]]] = st.sampled_from(
    [[("send", 0, "placed"), ("look", 0)], [("send", 0, "unknown")], []]
)


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=list(HealthCheck), database=None)
@given(
    rate=st.decimals("0.00000001", "50", places=8),
    quantity=st.integers(1, 300),
    runs=st.sampled_from([1, 1, 2, 4]),
    sources=st.integers(1, 2),
    dialect=st.sampled_from(["classic", "standard"]),
    begin=BEGIN,
    steps=st.lists(STEP, min_size=1, max_size=12),
)
def _any_history(rate, quantity, runs, sources, dialect, begin, steps):
    Provider.objects.update(dialect=dialect)
    world = World(rate, quantity, runs, sources)
    for name, *details in [*begin, *steps]:
        if name in {"send", "again", "look"}:
            details[0] %= runs
        getattr(world, name)(*details)
        world.check()
    Purchase.objects.filter(order_id=world.order_id, state__in=["queued", "submitting"]).update(due_at="2999-01-01T00Z")


def test_every_refund_is_posted_once_whatever_arrives(alice, sell, provider):
    accounts.operations.deposit(account_id=alice.id, amount=Decimal(10_000_000), reference="plenty")
    service = sell(min=1, dripfeed=True, cancel=True)
    Source.objects.filter(service=service).update(cost=0)
    other = add_provider(name="the other", url="http://127.0.0.1:9/api/v2", key="its-key")
    Source.objects.create(service=service, provider=other, remote_id="2", priority=2, cost=0)
    World.account_id, World.service_id = alice.id, service.pk
    _any_history()
    assert list(wallets.queries.broken_wallets()) == []
    assert list(orders.queries.broken_orders()) == []
