"""What was spent on each of the last days, as a chart of bars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from kit.money import ZERO

WIDTH, HEIGHT, GAP = 30, 100, Decimal("0.24")  # of the drawing, which is stretched to its place; a day is 1 wide
LEAST = Decimal("1.5")  # so that a day on which little was spent is no day without


@dataclass(frozen=True, slots=True)
class Bar:
    """A day, what was spent on it in USD, and where its bar is drawn: as text, which no language writes otherwise."""

    day: date
    spent: Decimal
    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Chart:
    """The bars of some days, where zero is, and the most that was spent on one of them."""

    bars: list[Bar]
    zero: str
    most: Decimal
    total: Decimal

    @property
    def is_empty(self) -> bool:
        """Return whether nothing was spent, nor came back."""
        return all(bar.spent == ZERO for bar in self.bars)

    @property
    def today(self) -> Decimal:
        """Return what was spent on the last day."""
        return self.bars[-1].spent


def chart_of(days: Sequence[tuple[date, Decimal]]) -> Chart:
    """Return the chart of these days, the earliest first; a day on which more came back than went hangs from zero."""
    spent = [amount for _, amount in days]
    most, least = max(*spent, ZERO), min(*spent, ZERO)
    scale = HEIGHT / (most - least) if most > least else ZERO
    zero, wide = most * scale, Decimal(WIDTH) / len(days)
    bars = []
    for number, (day, amount) in enumerate(days):
        high = max(abs(amount) * scale, LEAST) if amount else ZERO
        top = zero - high if amount > 0 else zero
        bars.append(Bar(day, amount, *map(_drawn, (number * wide + GAP / 2, top, wide - GAP, high))))
    return Chart(bars, _drawn(zero), most, sum(spent, ZERO))


def _drawn(number: Decimal) -> str:
    return f"{number:.3f}"
