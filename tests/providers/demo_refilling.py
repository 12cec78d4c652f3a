"""The demo provider refills what was delivered, and in which ways it does not."""

from typing import Any

import pytest

from providers.demo.refills import Refill
from providers.demo.running import DemoProvider
from providers.following import NotFound
from providers.outcomes import BrokenAnswer
from providers.refilling import RefillNews, RefillPending, RefillRefused, RefillStarted
from tests.providers.at_the_demo import buy, client, until

UNDER_WAY = RefillPending("The refill task is not completed for this order")


@pytest.fixture
def delivered(demo: DemoProvider) -> DemoProvider:
    """A demo provider that has delivered order 1."""
    demo.control(delivery_seconds=0)
    buy(demo)
    return demo


def refills(demo: DemoProvider) -> Any:
    return demo.orders()[0]["refills"]


def test_a_refill_goes_from_pending_to_completed() -> None:
    taken = Refill(1, 1, at=0.0, seconds=100.0)
    assert [taken.status(moment) for moment in (0, 19, 20, 99, 100, 999)] == [
        *["Pending"] * 2,
        *["In progress"] * 2,
        *["Completed"] * 2,
    ]
    assert Refill(1, 1, 0.0, 100.0, rejected=True).status(100) == "Rejected"


def test_refills_a_delivered_order_and_another_time_when_that_is_done(delivered: DemoProvider) -> None:
    delivered.control(refill_seconds=3600)
    assert client(delivered).refill("1") == RefillStarted("1")
    assert client(delivered).refill("1") == UNDER_WAY
    assert client(delivered).refill_statuses(["1", "2"]) == {
        "1": RefillNews("pending", "Pending"),
        "2": NotFound("Refill not found"),
    }
    assert refills(delivered) == [{"refill": 1, "status": "Pending"}]


def test_follows_a_refill_to_its_end_and_takes_the_next(delivered: DemoProvider) -> None:
    assert client(delivered).refill("1") == RefillStarted("1")
    until(lambda: client(delivered).refill_statuses(["1"]) == {"1": RefillNews("completed", "Completed")})
    assert client(delivered).refill("1") == RefillStarted("2")


def test_refills_in_a_batch_row_by_row(delivered: DemoProvider) -> None:
    delivered.control(delivery_seconds=3600)
    buy(delivered)
    buy(delivered, service=2)
    assert client(delivered).refills(["1", "2", "3", "77"]) == {
        "1": RefillStarted("1"),
        "2": RefillRefused("The order is not completed"),
        "3": RefillRefused("Refill is disabled for this service"),
        "77": RefillRefused("Incorrect order ID"),
    }
    assert len(delivered.calls("refill")) == 1


def test_refuses_says_it_is_under_way_or_rejects_as_told(delivered: DemoProvider) -> None:
    delivered.control(next=["refill_refused", "refill_pending", "refill_rejected"], action="refill", refill_seconds=0)
    assert client(delivered).refill("1") == RefillRefused("Refill is disabled for this service")
    assert client(delivered).refill("1") == UNDER_WAY
    assert refills(delivered) == []
    assert client(delivered).refill("1") == RefillStarted("1")
    assert client(delivered).refill_statuses(["1"]) == {"1": RefillNews("rejected", "Rejected")}


def test_the_answer_to_a_refill_may_be_lost_and_asking_again_says_that_one_is_under_way(
    delivered: DemoProvider,
) -> None:
    delivered.control(refill_seconds=3600, next=["500_after_placing"], action="refill")
    with pytest.raises(BrokenAnswer):
        client(delivered).refill("1")
    assert client(delivered).refill("1") == UNDER_WAY
    assert len(refills(delivered)) == 1
