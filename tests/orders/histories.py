"""Any history of answers, crashes and decisions: the money adds up, and goes back at most once."""

import contextlib
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

import accounts.operations
import orders.queries
import wallets.queries
from kit.money import rounded
from orders.models import Order, Purchase
from orders.operations import (
    CannotDecide,
    buying,
    cancel_and_refund,
    following,
    mark_not_placed,
    place,
    resend,
    sweeping,
)
from orders.states import ENDED
from providers.following import StatusNews
from providers.models import Provider
from providers.operations import mark_working
from providers.outcomes import NotSent, Placed, ProviderFault, Refused, Unknown
from tests.conftest import Time

pytestmark = pytest.mark.django_db(transaction=True)
QUANTITY = st.integers(50, 10_000)
numbers = iter(range(1, 10**9))


class Histories(RuleBasedStateMachine):
    """One reseller, any number of orders, whatever providers and operators do, against plain arithmetic."""

    service_id = 0
    account_id = 0
    time: Time  # stands still but for a minute before each claim: what is due does not depend on how fast this runs

    claimed = Bundle("claimed")

    def __init__(self) -> None:
        super().__init__()
        # What an earlier history left is nobody's any more: what can be drawn in this one must not depend on it.
        Purchase.objects.filter(state="queued").update(state="withdrawn")
        Purchase.objects.filter(state="submitting").update(state="unknown")
        for provider in Provider.objects.all():
            mark_working(provider_id=provider.pk, at=provider.failing_at or "add")
        Provider.objects.update(active=True, ask_again_at=None)
        self.first_order = (Order.objects.order_by("-id").values_list("id", flat=True).first() or 0) + 1

    @initialize(quantities=st.lists(QUANTITY, min_size=1, max_size=3))
    def begin(self, quantities):
        for quantity in quantities:
            self.order(quantity=quantity)

    @rule(quantity=QUANTITY)
    def order(self, quantity):
        place(
            account_id=self.account_id,
            params={"service": str(self.service_id), "link": "https://example.com/p", "quantity": str(quantity)},
            request_id=f"history-{next(numbers)}",
        )

    @rule(target=claimed)
    def claim(self):
        self.time.move(minutes=1)
        mine = buying.claim([])
        return multiple() if mine is None else mine

    @rule(claim=consumes(claimed), kind=st.sampled_from([Refused, Unknown, NotSent, ProviderFault, Placed]))
    def hear_of_the_call(self, claim, kind):
        buying.record(claim, Placed(f"their-{next(numbers)}") if kind is Placed else kind("said so"))
        # A provider rests for a while after some of these; this machine does not wait for it.
        Purchase.objects.filter(state="queued").first() and self._wake()

    def _wake(self):
        Provider.objects.update(ask_again_at=None)

    @rule(claim=consumes(claimed))
    def die_in_the_middle(self, claim):
        Purchase.objects.filter(pk=claim.id, state="submitting").update(claimed_at="2020-01-01T00:00Z")
        sweeping.give_up_lost_calls()

    @rule(
        status=st.sampled_from(["pending", "processing", "in_progress", "completed", "partial", "canceled", None]),
        remains=st.none() | st.integers(0, 20_000),
        which=st.integers(0, 20),
        stale=st.booleans(),
    )
    def hear_of_an_order(self, status, remains, which, stale):
        mine = Purchase.objects.filter(order__gte=self.first_order)
        placed = list(mine.filter(state__in=["placed", "done", "withdrawn"]).order_by("id"))
        if not placed:
            return
        purchase = placed[which % len(placed)]
        followed = following.Followed(
            purchase.pk,
            purchase.order_id,
            purchase.provider_id,
            purchase.provider_order_id or "",
            "" if stale else purchase.reported,
            None if stale else purchase.remains,
            purchase.start_count,
            purchase.quantity,
        )
        following.learn(followed, StatusNews(status, remains=remains))

    @rule(decide=st.sampled_from([cancel_and_refund, mark_not_placed, resend]), which=st.integers(0, 20))
    def decide(self, decide, which):
        known = list(Order.objects.filter(pk__gte=self.first_order).order_by("id").values_list("id", flat=True))
        if not known:
            return
        with contextlib.suppress(CannotDecide):
            decide(order_id=known[which % len(known)], actor="operator", reason="a test")

    @invariant()
    def money_adds_up(self):
        kept = Decimal(0)
        for order in Order.objects.all():
            assert order.charge == rounded(Decimal("0.90") * order.quantity / 1000)
            if order.status == "completed":
                assert order.refunded == 0
            elif order.status in {"canceled", "failed"}:
                assert order.refunded == order.charge
            elif order.status == "partial":
                assert order.refunded == rounded(order.charge * order.remains / order.quantity)
            else:
                assert order.refunded == 0
            assert (order.ended_at is not None) == (order.status in ENDED)
            kept += order.charge - order.refunded
        assert wallets.queries.balance_from_database(self.account_id) == 100_000 - kept
        assert list(wallets.queries.broken_wallets()) == []
        assert list(orders.queries.broken_orders()) == []


def test_any_history_keeps_the_books(alice, sell, time):
    accounts.operations.deposit(account_id=alice.id, amount=Decimal(99_900), reference="plenty")
    Histories.account_id, Histories.service_id, Histories.time = alice.id, sell().pk, time
    run_state_machine_as_test(
        Histories,
        settings=settings(
            max_examples=25,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
