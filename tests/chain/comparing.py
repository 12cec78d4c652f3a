"""The comparison of two sellers' books itself: what it lets pass, and what it does not."""

from dataclasses import replace
from decimal import Decimal

import pytest

from tests.chain.books import Line, Lines, compare

LINK = "https://example.com/a"
SOLD = Line(
    provider="the next",
    names=frozenset({"7"}),
    link=LINK,
    status="partial",
    quantity=100,
    remains=40,
    charge=Decimal("0.10"),
    refunded=Decimal("0.04"),
    state="done",
    provider_order_id="1",
    cost=Decimal("0.03"),
)
BOUGHT = replace(
    SOLD,
    charge=Decimal("0.20"),
    refunded=Decimal("0.08"),
    provider_order_id="7",
    cost=Decimal("0.06"),
    names=frozenset(),
)
FAILED = replace(SOLD, status="failed", state="refused", remains=100, refunded=SOLD.charge)
CANCELED = replace(BOUGHT, status="canceled", remains=100, refunded=BOUGHT.charge, cost=Decimal(0))
OPEN = replace(SOLD, status="processing", remains=100, refunded=Decimal(0))
WAITING = replace(BOUGHT, status="processing", remains=100, refunded=Decimal(0), state="placed", cost=SOLD.charge)


def lines(line: Line | None) -> Lines:
    """Return a book of one line, or of none."""
    return {} if line is None else {line.link: line}


@pytest.mark.parametrize(
    ("bought", "sold"),
    [
        (BOUGHT, SOLD),
        (CANCELED, FAILED),
        (WAITING, replace(OPEN, state="unknown")),
        (replace(CANCELED, state="refused", status="failed"), None),
        (replace(WAITING, state="unknown", provider_order_id=None), SOLD),
        (replace(WAITING, state="unknown", provider_order_id=None), None),
    ],
)
def test_books_that_agree_pass(bought, sold):
    assert compare(lines(bought), lines(sold)) == {f"{bought.status}, {bought.state}": 1}


@pytest.mark.parametrize(
    ("bought", "sold"),
    [
        (BOUGHT, None),
        (BOUGHT, replace(SOLD, names=frozenset({"8"}))),
        (BOUGHT, replace(SOLD, refunded=Decimal("0.03"))),
        (BOUGHT, replace(SOLD, status="completed")),
        (replace(BOUGHT, refunded=Decimal("0.07")), SOLD),
        (WAITING, replace(OPEN, state="placed")),
        (replace(CANCELED, state="refused", status="failed"), SOLD),
        (replace(WAITING, state="unknown", refunded=Decimal("0.20")), SOLD),
    ],
)
def test_books_that_do_not_agree_fail(bought, sold):
    with pytest.raises(AssertionError):
        compare(lines(bought), lines(sold))
