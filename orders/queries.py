"""Reading orders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from kit import ids
from kit.money import wire
from orders.models import Order, Purchase
from orders.states import PurchaseState

LARGEST_ID = 2**63 - 1


class OrderNotFound(Exception):
    """No order of this account has this id."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """How an order is doing: its status, what of its charge is kept, and its counters."""

    status: str
    charge: Decimal
    start_count: int
    remains: int


def states(account_id: int, sent: Iterable[str]) -> dict[str, OrderState]:
    """Return the state of each of the account's orders among these ids, keyed by the id as it was sent.

    Either form of an id is understood: `ord_…`, or the order's number. One statement for all.
    """
    meant = {text: order for text in sent if (order := _meant(text)) is not None}
    numbers = [each for each in meant.values() if isinstance(each, int)]
    public = [each for each in meant.values() if isinstance(each, UUID)]
    if not meant:
        return {}
    rows = Order.objects.filter(Q(pk__in=numbers) | Q(public_id__in=public), account_id=account_id)
    found: dict[int | UUID, OrderState] = {}
    for number, public_id, status, charge, refunded, start_count, remains in rows.values_list(
        "id", "public_id", "status", "charge", "refunded", "start_count", "remains"
    ):
        state = OrderState(status, charge - refunded, start_count or 0, remains)
        found[number] = found[public_id] = state
    return {text: found[order] for text, order in meant.items() if order in found}


def _meant(text: str) -> int | UUID | None:
    if text.isascii() and text.isdigit() and len(text) <= 19:
        number = int(text)
        return number if number <= LARGEST_ID else None
    return ids.parsed("ord", text)


def undecided() -> QuerySet[Purchase]:
    """Return the purchases of which nobody knows whether they were placed, the oldest first."""
    unknown = Purchase.objects.filter(state=PurchaseState.UNKNOWN)
    return unknown.select_related("order", "provider").order_by("claimed_at")


@dataclass(frozen=True, slots=True)
class BrokenOrder:
    """An order whose charge and refund are not what the ledger says."""

    order_id: int
    account_id: int
    problem: str


# Every order against its entries, found by their references. An order that cost nothing has none.
PROOF = """
WITH told AS (
    SELECT split_part(reference, ':', 2)::bigint AS order_id, wallet_id,
           -coalesce(sum(amount) FILTER (WHERE amount < 0), 0) AS charged,
           coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS refunded
    FROM wallets_entry WHERE counter = 'sales' AND reference ~ '^order:[0-9]{1,18}:'
    GROUP BY 1, 2
)
SELECT coalesce(o.id, t.order_id), coalesce(o.account_id, t.wallet_id), o.charge, o.refunded,
       coalesce(t.charged, 0), coalesce(t.refunded, 0)
FROM orders_order o FULL JOIN told t ON t.order_id = o.id AND t.wallet_id = o.account_id
WHERE o.id IS NULL OR o.charge <> coalesce(t.charged, 0) OR o.refunded <> coalesce(t.refunded, 0)
ORDER BY 1
"""


def broken_orders() -> Iterator[BrokenOrder]:
    """Yield every order that the ledger does not bear out, in words. Run it in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(PROOF)
        for order, account, charge, refunded, told_charge, told_refund in cursor.fetchall():
            told = f"charged {wire(told_charge)} and refunded {wire(told_refund)}"
            if charge is None:
                problem = f"entries say {told}, but there is no such order"
            else:
                problem = f"the order says charged {wire(charge)} and refunded {wire(refunded)}, its entries {told}"
            yield BrokenOrder(order, account, problem)


# Sales are orders' alone: an entry that names none belongs to nothing that was sold.
STRAY = """
SELECT wallet_id, reference, amount FROM wallets_entry
WHERE counter = 'sales' AND reference !~ '^order:[0-9]{1,18}:(charge|refund:[0-9.]+)$'
ORDER BY id
"""


def stray_sales() -> Iterator[str]:
    """Yield, in words, every sales entry that names no order. Run it in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(STRAY)
        for account, reference, amount in cursor.fetchall():
            yield f"{reference} of account {account}: {wire(amount)} against sales, but it names no order"
