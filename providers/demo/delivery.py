"""How far an order has come: a function of the time since its placing, so that a restart changes nothing."""

import hashlib
from dataclasses import dataclass, field
from decimal import Decimal

from providers.demo.behaviours import Behaviour

PENDING_SHARE = 0.1  # of the delivery's time
SLOWER = 100
STUCK_SHARE = 0.5
# What is delivered in the end, of the whole.
GOALS = {
    Behaviour.PARTIAL: Decimal("0.6"),
    Behaviour.PARTIAL_THEN_CANCELED: Decimal("0.6"),
    Behaviour.CANCEL: Decimal(0),
}


@dataclass(frozen=True)
class Order:
    """An order as it was placed and, where it was, canceled; everything else follows from the time.

    `quantity` is that over all runs, each of which begins `interval_seconds` after the one before it. A subscription
    has no quantity and costs nothing; the orders of its posts name it as their `parent`.
    """

    order: int
    service: int
    link: str
    quantity: int
    charge: Decimal
    placed_at: float
    delivery_seconds: float
    behaviour: Behaviour = Behaviour.DELIVER
    params: dict[str, str] = field(default_factory=dict)
    runs: int = 1
    interval_seconds: float = 0.0
    parent: int | None = None
    rate: str = "0"  # a subscription's, for 1000 of a post
    post_seconds: float | None = None  # a subscription's: from one post to the next
    delay_seconds: float = 0.0  # a subscription's: from a post to its order
    canceled_at: float | None = None

    @property
    def start_count(self) -> int:
        """Return what the link had before us: made up, and the same every time."""
        return int.from_bytes(hashlib.sha256(self.link.encode("utf-8", "replace")).digest()[:2], "big")

    @property
    def is_subscription(self) -> bool:
        """Return whether this is an order for posts to come."""
        return self.post_seconds is not None

    @property
    def run_seconds(self) -> float:
        """Return how long one run takes."""
        return self.delivery_seconds * (SLOWER if self.behaviour is Behaviour.SLOW_DELIVERY else 1)


@dataclass(frozen=True)
class Progress:
    """What is true of an order at one moment: what a status answer says, of most."""

    status: str
    remains: int
    charge: Decimal
    ended: bool = False


def progress(order: Order, now: float) -> Progress:
    """Return how far the order has come at a moment given in seconds since 1970."""
    if order.canceled_at is not None and order.canceled_at <= now and not _over(order, order.canceled_at):
        return _stopped(order, _delivered(order, order.canceled_at))
    delivered = _delivered(order, now)
    if _over(order, now):
        return _stopped(order, delivered)
    begun = _share(order, 1, now) >= PENDING_SHARE
    return Progress("In progress" if begun else "Pending", order.quantity - delivered, order.charge)


def _stopped(order: Order, delivered: int) -> Progress:
    status = "Partial" if 0 < delivered < order.quantity else "Completed" if delivered else "Canceled"
    return Progress(status, order.quantity - delivered, order.charge * delivered / order.quantity, ended=True)


def _over(order: Order, now: float) -> bool:
    return order.behaviour is not Behaviour.STUCK and _share(order, order.runs, now) >= 1


def _share(order: Order, run: int, now: float) -> float:
    """Return how much of a run's time has gone by, from 0 to 1."""
    seconds = now - order.placed_at - (run - 1) * order.interval_seconds
    if order.run_seconds <= 0:
        return 1.0 if seconds >= 0 else 0.0
    return min(1.0, max(0.0, seconds / order.run_seconds))


def _delivered(order: Order, now: float) -> int:
    each = order.quantity // order.runs
    goal = int(each * GOALS.get(order.behaviour, Decimal(1)))
    most = STUCK_SHARE if order.behaviour is Behaviour.STUCK else 1.0
    return sum(int(goal * min(most, _share(order, run, now))) for run in range(1, order.runs + 1))
