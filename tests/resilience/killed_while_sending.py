"""The worker killed with SIGKILL at every step of sending an order, and everything after it as it runs by itself."""

import time
from decimal import Decimal

import pytest

import orders.queries
from events.queries import history
from orders.models import Order, Purchase
from wallets.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30.0

# Where the worker dies, what becomes of the order, and how often the provider has it.
STEPS = [
    ("before statement 1", "completed", 1),  # nothing has been looked at
    ("before commit 1", "completed", 1),  # claimed, and the claim not committed
    ("after commit 1", "unknown", 0),
    ("before call 1", "unknown", 0),
    ("after connecting 1", "unknown", 0),
    ("after call 1", "unknown", 1),  # the answer is there
    ("before writing the outcome 1", "unknown", 1),
    ("after writing the outcome 1", "unknown", 1),  # all of it is written and not committed
    ("after finishing 1", "completed", 1),
]


@pytest.fixture(autouse=True)
def _delivered_at_once(demo):
    demo.control(delivery_seconds=0)


def standing(order):
    """Where an order stands, in a word; what is not one of the two ends breaks a promise."""
    order.refresh_from_db()
    if (order.status, order.purchases.get().state) == ("processing", "unknown"):
        return "unknown"
    return order.status


def placed_for(demo, order):
    """How often the provider has the order, whose link is its own."""
    return sum(row["link"] == order.link for row in demo.orders())


def assert_charged_once_and_kept(order):
    amounts = Entry.objects.filter(reference__startswith=f"order:{order.pk}:").values_list("amount", flat=True)
    assert list(amounts) == [-order.charge]
    assert order.refunded == 0


@pytest.mark.parametrize(("die_at", "ends_as", "placed"), STEPS)
def test_killed_at_a_step_it_ends_by_itself_or_waits_for_the_operator(
    workers, order, demo, finish, die_at, ends_as, placed
):
    bought = order()
    assert workers.run("buy", die_at=die_at).died
    finish()
    assert (standing(bought), placed_for(demo, bought)) == (ends_as, placed)
    assert_charged_once_and_kept(bought)
    assert [each.order_id for each in orders.queries.undecided()] == ([bought.pk] if ends_as == "unknown" else [])


@pytest.mark.parametrize(("behaviour", "placed"), [("timeout_after_placing", 1), ("timeout_before_placing", 0)])
def test_killed_with_its_call_on_the_wire_the_order_waits_for_the_operator(
    workers, order, demo, finish, behaviour, placed
):
    demo.control(next=[behaviour], hold_seconds=60)
    bought = order()
    workers.start("buy", to_be_killed=True)
    deadline = time.monotonic() + PATIENCE
    while not demo.calls("add"):
        assert time.monotonic() < deadline, "the call never came"
        time.sleep(0.01)
    workers.kill()
    assert workers.end().died
    finish()
    assert (standing(bought), placed_for(demo, bought)) == ("unknown", placed)
    assert_charged_once_and_kept(bought)
    (event,) = [event for event in history("order", bought.pk) if event.kind == "purchase.unknown"]
    assert event.data["why"] == "the process that was sending it died, or was stopped, before an outcome was known"


def test_a_worker_that_sent_again_would_buy_twice(workers, order, demo, finish):
    """The control: with the guard taken off, this provider and this proof do show an order placed twice."""
    bought = order()
    assert workers.run("buy", die_at="after call 1").died
    Purchase.objects.filter(order=bought).update(state="queued")
    finish()
    assert placed_for(demo, bought) == 2


def test_wherever_it_is_killed_none_is_lost_none_bought_twice_and_none_charged_twice(
    workers, order, demo, finish, alice
):
    moments = workers.run("buy").moments  # with nothing to do
    order()
    survivor = workers.run("buy")
    assert survivor.status == 0
    assert len(survivor.moments) > len(moments) + 15
    finish()
    seen = {}
    for moment in survivor.moments:
        bought = order()
        end = workers.run("buy", die_at=moment)
        # A moment that does not come again (another look for work, while the call was on the wire) kills nobody.
        assert end.died or end.status == 0
        finish()
        seen[moment] = standing(bought), placed_for(demo, bought)
        assert_charged_once_and_kept(bought)
    assert set(seen.values()) <= {("completed", 1), ("unknown", 0), ("unknown", 1)}
    assert len(set(seen.values())) == 3
    assert Order.objects.count() == len(seen) + 1
    alice.user.wallet.refresh_from_db()
    assert alice.user.wallet.balance == 100 - Decimal("0.09") * (len(seen) + 1)
