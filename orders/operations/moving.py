"""Moving a purchase from state to state, the one place that does."""

from typing import Any

from orders.models import Purchase
from orders.states import PurchaseState, may_become


def move(purchase_id: int, to: PurchaseState, *, only: dict[str, Any] | None = None, **fields: Any) -> bool:
    """Put the purchase into the state, in one conditional statement; return whether it was this caller who did.

    :param only: what must be true besides (the `claimed_at` one holds, the one state it is taken from …).
    :param fields: what is written with it.
    """
    may_move = Purchase.objects.filter(pk=purchase_id, state__in=may_become(to), **(only or {}))
    return may_move.update(state=to, **fields) == 1
