"""The tables of states, and what an order is by what its runs are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.states import (
    ENDED,
    ORDER_TRANSITIONS,
    PURCHASE_TRANSITIONS,
    OrderStatus,
    PurchaseState,
    Run,
    may_become,
    standing,
)


def run(state, reported="", quantity=100, remains=None):
    return Run(state, reported, quantity, remains, None)


@pytest.mark.parametrize(
    ("runs", "status", "remains", "undelivered"),
    [
        ([run("queued")], "pending", 100, 0),
        ([run("submitting")], "pending", 100, 0),
        ([run("unknown")], "processing", 100, 0),
        ([Run("submitting", "", 100, None, None, resent=True)], "processing", 100, 0),
        ([run("placed")], "processing", 100, 0),
        ([run("placed", "pending", remains=100)], "processing", 100, 0),
        ([run("placed", "processing", remains=100)], "processing", 100, 0),
        ([run("placed", "in_progress", remains=40)], "in_progress", 40, 0),
        ([run("done", "completed", remains=0)], "completed", 0, 0),
        ([run("done", "completed", remains=30)], "completed", 0, 0),
        ([run("done", "partial", remains=30)], "partial", 30, 30),
        ([run("done", "partial", remains=100)], "canceled", 100, 100),
        ([run("done", "canceled", remains=30)], "canceled", 100, 100),
        ([run("refused")], "failed", 100, 100),
        ([run("withdrawn")], "canceled", 100, 100),
        ([run("withdrawn", "in_progress", remains=30)], "partial", 30, 30),
        ([run("done", "completed"), run("queued")], "in_progress", 100, 0),
        ([run("queued"), run("placed")], "processing", 200, 0),
        ([run("done", "partial", remains=20), run("placed")], "in_progress", 120, 20),
        ([run("refused"), run("queued")], "pending", 200, 100),
        ([run("refused"), run("placed")], "processing", 200, 100),
        ([run("done", "canceled"), run("queued")], "processing", 200, 100),
        ([run("done", "partial", remains=99), run("queued")], "in_progress", 199, 99),
        ([run("done", "completed"), run("refused")], "partial", 100, 100),
        ([run("refused"), run("withdrawn")], "canceled", 200, 200),
    ],
)
def test_an_order_is_what_its_runs_make_it(runs, status, remains, undelivered):
    now = standing(runs)
    assert (now.status, now.remains, now.undelivered) == (status, remains, undelivered)


words = st.sampled_from(["", *OrderStatus.values])
any_run = st.builds(
    Run,
    state=st.sampled_from(PurchaseState.values),
    reported=words,
    quantity=st.integers(1, 10**6),
    remains=st.none() | st.integers(-10, 10**7),
    start_count=st.none() | st.integers(0, 10**9),
)


@given(st.lists(any_run, min_size=1, max_size=5))
def test_counters_stay_within_the_quantity_and_only_an_ended_order_has_ended_runs_alone(runs):
    now = standing(runs)
    total = sum(each.quantity for each in runs)
    assert 0 <= now.undelivered <= now.remains <= total
    assert (now.status in ENDED) == all(each.ended for each in runs)


def test_every_state_is_in_its_table():
    assert set(ORDER_TRANSITIONS) == set(OrderStatus)
    assert set(PURCHASE_TRANSITIONS) == set(PurchaseState)
    assert all(ORDER_TRANSITIONS[ended] == frozenset() for ended in ENDED)


def test_nothing_is_sent_twice_by_the_table_but_what_may_be_there():
    assert may_become(PurchaseState.SUBMITTING) == ["queued", "unknown"]
    assert may_become(PurchaseState.QUEUED) == ["submitting"]
    assert may_become(PurchaseState.DONE) == ["placed"]
    assert may_become(PurchaseState.UNKNOWN) == ["placed", "submitting"]
