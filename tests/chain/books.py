"""The books of three sellers side by side: what one has bought must be what the next has sold."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Self

from kit import ids
from tests.resilience.panels import LoadedPanel

ENDED = {"completed", "partial", "canceled", "failed"}
# What was accepted and then came to nothing is canceled for who bought it; `failed` is what nobody accepted.
AS_TOLD = {"failed": "canceled"}
LINES = """
SELECT v.name, o.id, o.public_id, o.link, o.status, o.quantity, o.remains, o.charge, o.refunded,
       p.state, p.provider_order_id, p.cost
FROM orders_order o
JOIN orders_purchase p ON p.order_id = o.id
JOIN providers_provider v ON v.id = p.provider_id
"""


@dataclass(frozen=True)
class Line:
    """An order, and the one purchase that delivers it."""

    provider: str
    names: frozenset[str]
    link: str
    status: str
    quantity: int
    remains: int
    charge: Decimal
    refunded: Decimal
    state: str
    provider_order_id: str | None
    cost: Decimal | None

    @classmethod
    def of_panel(cls, row: tuple[Any, ...]) -> Self:
        """Return a row of LINES."""
        provider, number, public_id, *rest = row
        return cls(provider, frozenset({str(number), ids.shown("ord", public_id)}), *rest)

    @classmethod
    def of_demo(cls, order: dict[str, Any]) -> Self:
        """Return an order of the demo provider, which buys from nobody."""
        charge, kept = Decimal(order["charge"]), Decimal(order["kept"])
        status = order["status"].lower().replace(" ", "_")
        counts = order["quantity"], order["remains"], charge, charge - kept
        state = "done" if status in ENDED else "placed"
        return cls("", frozenset({str(order["order"])}), order["link"], status, *counts, state, None, None)

    @property
    def kept(self) -> Decimal:
        """Return what was charged and not given back."""
        return self.charge - self.refunded


Lines = dict[str, Line]  # by the order's link, which is its own and the same from end to end


def lines_of(panel: LoadedPanel) -> Lines:
    """Return a panel's lines; fail where one link stands twice."""
    return _by_link(Line.of_panel(row) for row in panel.rows(LINES))


def lines_of_demo(panel: LoadedPanel) -> Lines:
    """Return the lines of the demo provider that a panel brings; fail where one link stands twice."""
    return _by_link(Line.of_demo(order) for order in panel.provider_orders())


def _by_link(lines: Iterable[Line]) -> Lines:
    found: Lines = {}
    for line in lines:
        assert line.link not in found, f"twice: {found[line.link]} and {line}"
        found[line.link] = line
    return found


def compare(bought: Lines, sold: Lines) -> Counter[str]:
    """Fail where what was bought is not what was sold, in number, status or money; return how it stands, counted.

    A difference is let pass where the buyer lists the purchase as unknown, and nowhere else.
    """
    for link, line in bought.items():
        _compare(line, sold.get(link))
    return Counter(f"{line.status}, {line.state}" for line in bought.values())


def _compare(bought: Line, sold: Line | None) -> None:
    both = f"{bought}\n{sold}"
    assert bought.kept == _for_what_was_delivered(bought), both
    if bought.state == "unknown":
        assert (bought.status, bought.kept) == ("processing", bought.charge), both
    elif bought.state in {"refused", "withdrawn"}:
        assert sold is None, both
        assert bought.kept == 0, both
        assert bought.status in {"failed", "canceled"}, both
    else:
        assert sold is not None, both
        assert bought.provider_order_id in sold.names, both
        assert (bought.cost, bought.remains, bought.quantity) == (sold.kept, sold.remains, sold.quantity), both
        assert bought.status == AS_TOLD.get(sold.status, sold.status), both
        # What has not ended waits for what the seller lists as unknown.
        assert (bought.state == "done") is (sold.state != "unknown"), both


def _for_what_was_delivered(line: Line) -> Decimal:
    if line.status not in ENDED:
        return line.charge
    return line.charge - (line.charge * line.remains / line.quantity).quantize(Decimal("1e-8"))
