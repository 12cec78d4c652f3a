"""The demo provider cancels: at once, later, in part, not at all, and not though it said so."""

from decimal import Decimal

import pytest

from providers.cancelling import Canceling, NotCancelable
from providers.demo.behaviours import Behaviour
from providers.demo.delivery import Order, progress
from providers.demo.running import DemoProvider
from providers.outcomes import BrokenAnswer, Unreachable
from tests.providers.at_the_demo import HASTY, buy, client, ended, order, status_of

NOT = NotCancelable("Order cannot be canceled")


def test_cancels_what_it_has_not_begun_and_gives_everything_back(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=3600)
    buy(demo)
    assert client(demo).cancel(["1"]) == {"1": Canceling()}
    news = status_of(demo, "1")
    assert (news.status, news.remains, news.charge) == ("canceled", 100, Decimal(0))
    assert client(demo).balance() == (Decimal(1_000_000), "USD")


def test_a_cancelled_order_keeps_what_was_delivered_by_then() -> None:
    half = Order(1, 1, "https://example.com/", 1000, Decimal("0.90"), 0.0, 100.0, canceled_at=50.0)
    assert (progress(half, 49.9).status, progress(half, 49.9).charge) == ("In progress", Decimal("0.90"))
    for moment in (50.0, 1000.0):
        now = progress(half, moment)
        assert (now.status, now.remains, now.charge, now.ended) == ("Partial", 500, Decimal("0.45"), True)


def test_a_cancel_that_comes_after_the_end_changes_nothing() -> None:
    over = Order(1, 1, "https://example.com/", 1000, Decimal("0.90"), 0.0, 100.0, canceled_at=100.0)
    assert progress(over, 1000.0).status == "Completed"


def test_answers_a_batch_row_by_row(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=0)
    buy(demo)
    demo.control(delivery_seconds=3600)
    buy(demo)
    buy(demo, service=5)
    assert client(demo).cancel(["1", "2", "3", "77", "x"]) == {
        "1": NOT,
        "2": Canceling(),
        "3": NOT,
        "77": NotCancelable("Incorrect order ID", not_found=True),
        "x": NotCancelable("Incorrect order ID", not_found=True),
    }
    assert [row["status"] for row in demo.orders()] == ["Completed", "Canceled", "Pending"]
    assert len(demo.calls("cancel")) == 1


def test_a_cancel_may_take_effect_later_and_is_taken_twice(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=3600, cancel_seconds=1800)
    buy(demo)
    for _ in range(2):
        assert client(demo).cancel(["1"]) == {"1": Canceling()}
    assert status_of(demo, "1").status == "pending"


@pytest.mark.parametrize("told", ["by the call", "by the service", "by the order"])
@pytest.mark.parametrize(
    ("behaviour", "answer"), [(Behaviour.CANCEL_REFUSED, NOT), (Behaviour.CANCEL_IGNORED, Canceling())]
)
def test_refuses_or_ignores_a_cancel_however_it_was_told_to(
    demo: DemoProvider, told: str, behaviour: Behaviour, answer: object
) -> None:
    demo.control(delivery_seconds=3600, next=[behaviour] if told == "by the order" else [])
    buy(demo)
    if told == "by the service":
        demo.control(service=1, behaviour=behaviour)
    if told == "by the call":
        demo.control(next=[behaviour], action="cancel")
    assert client(demo).cancel(["1"]) == {"1": answer}
    assert [(row["canceled_at"], row["status"]) for row in demo.orders()] == [(None, "Pending")]


def test_delivers_everything_after_a_cancel_that_it_ignored(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=1)
    order(demo, 122)
    assert client(demo).cancel(["1"]) == {"1": Canceling()}
    assert ended(demo).status == "completed"


def test_an_answer_may_be_lost_before_or_after_it_cancelled(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=3600, next=["html", "500_after_placing"], action="cancel")
    buy(demo)
    with pytest.raises(BrokenAnswer):
        client(demo).cancel(["1"])
    assert status_of(demo, "1").status == "pending"
    with pytest.raises(BrokenAnswer):
        client(demo).cancel(["1"])
    assert status_of(demo, "1").status == "canceled"


def test_a_cancel_may_time_out_after_it_was_taken(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=3600, next=["timeout_after_placing"], action="cancel")
    buy(demo)
    with pytest.raises(Unreachable):
        client(demo, HASTY).cancel(["1"])
    assert client(demo).cancel(["1"]) == {"1": Canceling()}
    assert status_of(demo, "1").status == "canceled"


def test_its_drip_feed_stops_after_the_runs_that_were_delivered(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=0, minute_seconds=3600)
    order(demo, 31, runs="3", interval="1")
    assert client(demo).cancel(["1"]) == {"1": Canceling()}
    news = status_of(demo, "1")
    assert (news.status, news.remains, news.charge) == ("partial", 200, Decimal("0.095"))
    assert client(demo).balance()[0] == Decimal(1_000_000) - Decimal("0.095")
