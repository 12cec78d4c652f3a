"""How far an order has come: a function of the time since its placing, so that a restart changes nothing."""

import hashlib
from dataclasses import dataclass
from decimal import Decimal

from providers.demo.behaviours import Behaviour

PENDING_SHARE = 0.1  # of the delivery's time
SLOWER = 100
PARTIAL_SHARE = Decimal("0.6")


@dataclass(frozen=True)
class Order:
    """An order as it was placed; everything else follows from the time."""

    order: int
    service: int
    link: str
    quantity: int
    charge: Decimal
    placed_at: float
    delivery_seconds: float
    behaviour: Behaviour = Behaviour.DELIVER

    @property
    def start_count(self) -> int:
        """Return what the link had before us: made up, and the same every time."""
        return int.from_bytes(hashlib.sha256(self.link.encode("utf-8", "replace")).digest()[:2], "big")


@dataclass(frozen=True)
class Progress:
    """What a status answer says of an order at one moment."""

    status: str
    remains: int
    charge: Decimal


def progress(order: Order, now: float) -> Progress:
    """Return how far the order has come at a moment given in seconds since 1970."""
    seconds = order.delivery_seconds * (SLOWER if order.behaviour is Behaviour.SLOW_DELIVERY else 1)
    share = min(1.0, max(0.0, (now - order.placed_at) / seconds)) if seconds > 0 else 1.0
    if share < 1:
        status = "Pending" if share < PENDING_SHARE else "In progress"
        goal = 0 if order.behaviour is Behaviour.CANCEL else _delivered_in_the_end(order)
        return Progress(status, order.quantity - int(goal * share), order.charge)
    delivered = _delivered_in_the_end(order)
    kept = order.charge * delivered / order.quantity
    return Progress(_last_status(order), order.quantity - delivered, kept)


def _delivered_in_the_end(order: Order) -> int:
    if order.behaviour is Behaviour.CANCEL:
        return 0
    if order.behaviour is Behaviour.PARTIAL:
        return int(order.quantity * PARTIAL_SHARE)
    return order.quantity


def _last_status(order: Order) -> str:
    if order.behaviour is Behaviour.CANCEL or _delivered_in_the_end(order) == 0:
        return "Canceled"
    return "Completed" if order.behaviour is not Behaviour.PARTIAL else "Partial"
