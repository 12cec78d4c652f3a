"""Moving a purchase from state to state, the one place that does."""

from datetime import datetime
from typing import Any

from django.db import connection

from orders.models import Purchase
from orders.states import PurchaseState, may_become

# In the order of their ids, as everyone who takes several does: two of them wait for each other, and neither for both.
WITHDRAW_QUEUED = """
WITH mine AS (
    SELECT id FROM orders_purchase WHERE order_id = %(order)s AND state = 'queued' ORDER BY id FOR UPDATE
)
UPDATE orders_purchase p SET state = 'withdrawn', cancel_requested_at = %(now)s, cancel_due_at = NULL
FROM mine WHERE p.id = mine.id RETURNING p.id
"""


def move(purchase_id: int, to: PurchaseState, *, only: dict[str, Any] | None = None, **fields: Any) -> bool:
    """Put the purchase into the state, in one conditional statement; return whether it was this caller who did.

    :param only: what must be true besides (the `claimed_at` one holds, the one state it is taken from …).
    :param fields: what is written with it.
    """
    may_move = Purchase.objects.filter(pk=purchase_id, state__in=may_become(to), **(only or {}))
    # Nothing that is decided is sent again by itself; nor is what becomes unknown, unless it says so.
    return may_move.update(state=to, **({"resend_at": None} | fields)) == 1


def hold_purchases(order_id: int) -> None:
    """Lock the order's purchases in the order of their ids, before several of them are moved one after the other."""
    list(
        Purchase.objects.select_for_update(no_key=True)
        .filter(order_id=order_id)
        .order_by("id")
        .values_list("id", flat=True)
    )


def withdraw_queued(order_id: int, now: datetime) -> list[int]:
    """Withdraw every purchase of the order that no buyer has taken, for a cancel asked for now; return which."""
    with connection.cursor() as cursor:
        cursor.execute(WITHDRAW_QUEUED, {"order": order_id, "now": now})
        return [purchase for (purchase,) in cursor.fetchall()]
