"""An example of each event that webhooks tell of, written by the code that writes the real ones."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson

from api_v2.actions.exemplary import ORDER_ID, ORDER_NUMBER, REFILL_ID, REFILL_NUMBER
from events.models import Event
from orders.queries import OrderState
from webhooks import dialects
from webhooks.facts import Facts, Named, OrderTold, Plain, RefillTold, RefundTold
from webhooks.operations.testing import MESSAGE

ORDER = Named(ORDER_NUMBER, ORDER_ID)
REFILL = Named(REFILL_NUMBER, REFILL_ID)


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an event, and when it happened."""

    at: datetime
    facts: Facts


def _on_the_fourth(hour: int, minute: int, second: int, milliseconds: int) -> datetime:
    return datetime(2026, 12, 4, hour, minute, second, milliseconds * 1000, tzinfo=UTC)


def _order(status: str, charge: str, start_count: int, remains: int) -> OrderTold:
    state = OrderState(status, charge=Decimal(charge), start_count=start_count, remains=remains)
    return OrderTold(ORDER, service=1, request_id="order-8841", state=state)


def _refill(status: str) -> Told:
    return Told(datetime(2026, 12, 5, 10, 30, 0, 120_000, tzinfo=UTC), RefillTold(REFILL, ORDER, status))


PARTIAL = _order("partial", "0.54", 572, 400)
EXAMPLES: dict[str, Told] = {
    "order.processing": Told(_on_the_fourth(9, 0, 2, 318), _order("processing", "0.90", 0, 1000)),
    "order.in_progress": Told(_on_the_fourth(9, 1, 11, 52), _order("in_progress", "0.90", 572, 800)),
    "order.completed": Told(_on_the_fourth(9, 17, 40, 906), _order("completed", "0.90", 572, 0)),
    "order.partial": Told(_on_the_fourth(9, 17, 40, 906), PARTIAL),
    "order.canceled": Told(_on_the_fourth(9, 0, 1, 774), _order("canceled", "0.00", 0, 1000)),
    "order.failed": Told(_on_the_fourth(9, 0, 2, 318), _order("failed", "0.00", 0, 1000)),
    "order.refunded": Told(_on_the_fourth(9, 17, 40, 907), RefundTold(PARTIAL, refund="0.36", balance="46.78")),
    "refill.completed": _refill("completed"),
    "refill.rejected": _refill("rejected"),
    "balance.low": Told(
        _on_the_fourth(9, 0, 0, 512), Plain({"balance": "9.55", "threshold": "10.00", "currency": "USD"})
    ),
    "webhook.test": Told(_on_the_fourth(8, 58, 20, 0), Plain({"message": MESSAGE})),
}


def body(kind: str, dialect: str) -> Any:
    """Return the example of an event as it is posted to a webhook of the dialect."""
    told = EXAMPLES[kind]
    return orjson.loads(dialects.body(Event(kind=kind, at=told.at), told.facts, dialect))
