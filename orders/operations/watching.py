"""Watching over what waits for the operator, and telling him, once for each cause."""

import alerts.operations
from orders.models import Order
from orders.queries import undecided

UNKNOWN = "orders.unknown"
CONTRADICTED = "orders.contradicted"
UNKNOWN_PATH = "/admin/orders/unknownpurchase/"


def watch_unknown() -> int:
    """Tell of the purchases of which nobody knows whether they were placed, or that none is left; return how many."""
    waiting = undecided()
    count, oldest = waiting.order_by().count(), waiting.first()
    if oldest is None or oldest.claimed_at is None:
        alerts.operations.clear_alert(kind=UNKNOWN)
        return 0
    which = "1 purchase is" if count == 1 else f"{count} purchases are"
    alerts.operations.raise_alert(
        kind=UNKNOWN,
        text=f"{which} unknown, the oldest since {oldest.claimed_at:%Y-%m-%d %H:%M} UTC (order {oldest.order}): nobody "
        "knows whether the provider has them. Their money waits until you decide.",
        path=UNKNOWN_PATH,
    )
    return count


def tell_contradicted(*, order_id: int, why: str) -> None:
    """Tell that a provider said something of an order after it was decided otherwise; the operator clears it by hand.

    In the transaction that records the event `purchase.contradicted`.

    :param why: what the provider said, a sentence's end.
    """
    alerts.operations.raise_alert(
        kind=CONTRADICTED,
        subject_id=order_id,
        text=f"Order {Order.objects.get(pk=order_id)} was decided, and then the provider said otherwise: {why}. "
        "Look at its history and at the provider, then clear this alert.",
        path=f"/admin/orders/order/{order_id}/change/",
    )
