"""A statement's entries as its owner reads them."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

import orders.queries
from accounts.operations.money import REFERENCE_PREFIX
from wallets.statement import Row

KINDS: dict[str, str | Promise] = {
    "sales": _("Order"),
    "refunds": _("Refund"),
    "deposits": _("Deposit"),
    "bonuses": _("Bonus"),
    "adjustments": _("Adjustment"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """An entry, what it is called, and what it is about: an order by its public id, or a reference, or a reason."""

    row: Row
    name: str | Promise
    order: str
    about: str


def lines_of(account_id: int, rows: Iterable[Row]) -> list[Line]:
    """Return the entries as lines; the orders of all of them are looked up in one statement, the account's own only."""
    rows = list(rows)
    numbers = {row.order for row in rows if row.order is not None}
    shown = orders.queries.shown_ids(account_id, numbers) if numbers else {}
    return [Line(row, KINDS[row.kind], shown.get(row.order or 0, ""), about(row)) for row in rows]


def about(row: Row) -> str:
    """Return what an entry about no order is about: a deposit its reference, others the reason that was given."""
    if row.kind == "deposits":
        return row.reference.removeprefix(REFERENCE_PREFIX)
    return row.reason
