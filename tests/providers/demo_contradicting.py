"""The demo provider says what is not so: it goes back, contradicts itself after the end, or never ends."""

from decimal import Decimal

import pytest

from providers.demo.behaviours import Behaviour
from providers.demo.delivery import Order, progress
from providers.demo.running import DemoProvider
from tests.providers.at_the_demo import buy, client, status_of


def told(demo: DemoProvider, times: int) -> list[tuple[str | None, int | None]]:
    """Return status and remains as they are said so many times."""
    return [(news.status, news.remains) for news in (status_of(demo, "1") for _ in range(times))]


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        ("contradicts", [("completed", 0), ("canceled", 100), ("partial", 50), ("in_progress", 50), ("completed", 0)]),
        ("partial_then_canceled", [("partial", 40), ("canceled", 100), ("canceled", 100)]),
        ("canceled_then_completed", [("canceled", 100), ("completed", 0), ("completed", 0)]),
        ("backwards", [("completed", 0), ("completed", 0)]),
    ],
)
def test_says_one_thing_after_another_once_it_is_over(
    demo: DemoProvider, behaviour: str, said: list[tuple[str, int]]
) -> None:
    demo.control(delivery_seconds=0, next=[behaviour])
    buy(demo)
    assert told(demo, len(said)) == said


def test_goes_back_to_pending_every_second_time(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=3600, next=["backwards"])
    buy(demo, quantity=100_000)
    forth, back, forth_again, back_again = (status_of(demo, "1") for _ in range(4))
    assert back.status == back_again.status == "pending"
    assert back.remains == back_again.remains == 100_000
    assert forth.charge == forth_again.charge == Decimal(90)


def test_what_is_stuck_stays_half_delivered() -> None:
    stuck = Order(1, 1, "https://example.com/", 1000, Decimal(1), 0.0, 100.0, Behaviour.STUCK)
    for moment in (50.0, 100.0, 1e9):
        assert (progress(stuck, moment).status, progress(stuck, moment).remains) == ("In progress", 500)


def test_what_is_stuck_can_be_cancelled(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=0)
    buy(demo, service=116)
    assert status_of(demo, "1").status == "in_progress"
    client(demo).cancel(["1"])
    assert (status_of(demo, "1").status, status_of(demo, "1").remains) == ("partial", 50)
