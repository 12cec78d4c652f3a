"""Writing down what happened to a subscription."""

from typing import Any

import events.operations
from orders.models import Order


def tell(kind: str, order: Order, *, actor: str = "", reason: str = "", **data: Any) -> None:
    """Record the event with its order, for its owner to hear."""
    events.operations.record(
        kind=f"subscription.{kind}",
        subject="order",
        subject_id=order.pk,
        account_id=order.account_id,
        data={"order": order.shown_id, **data},
        actor=actor,
        reason=reason,
    )
