"""What an order and its purchases can be, as tables one can read aloud, and how the one follows from the others."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextChoices


class OrderStatus(TextChoices):
    """The wire's literals."""

    PENDING = "pending"
    PROCESSING = "processing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELED = "canceled"
    FAILED = "failed"


class PurchaseState(TextChoices):
    """One attempt to buy one run of an order upstream."""

    QUEUED = "queued"  # nothing is on its way
    SUBMITTING = "submitting"  # claimed by a buyer, whose call may be on the wire
    PLACED = "placed"  # the provider has given its order id
    REFUSED = "refused"  # the provider does not take it, and took no money
    UNKNOWN = "unknown"  # it may or may not have been placed; sent again only where the provider knows it by its id
    WITHDRAWN = "withdrawn"  # given up by us
    DONE = "done"  # the provider has said its last word


class RefillStatus(TextChoices):
    """The wire's literals."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    REJECTED = "rejected"


class RefillPartState(TextChoices):
    """The refill of one purchase upstream."""

    QUEUED = "queued"  # the provider is to be asked; asking twice does no harm, so a lost answer leads back here
    SENT = "sent"  # the provider has given its refill's id
    DONE = "done"  # the provider has said its last word
    STUCK = "stuck"  # the provider gives no id, or never ends it: the operator decides


class SubscriptionState(TextChoices):
    """Whether posts are delivered."""

    ACTIVE = "active"
    PAUSED = "paused"
    COMPLETED = "completed"
    EXPIRED = "expired"
    CANCELED = "canceled"


class PostState(TextChoices):
    """A post that the provider has reported for a subscription."""

    REPORTED = "reported"  # how large it is is still to be learnt
    OWED = "owed"  # the balance does not cover it yet
    CHARGED = "charged"  # it is an order of its own
    WRITTEN_OFF = "written_off"  # it is never charged; `note` says why


OPEN_REFILLS = frozenset({RefillStatus.PENDING, RefillStatus.IN_PROGRESS})
OPEN_SUBSCRIPTIONS = frozenset({SubscriptionState.ACTIVE, SubscriptionState.PAUSED})
OPEN_POSTS = frozenset({PostState.REPORTED, PostState.OWED})
ENDED = frozenset({OrderStatus.COMPLETED, OrderStatus.PARTIAL, OrderStatus.CANCELED, OrderStatus.FAILED})
OPEN = frozenset(OrderStatus) - ENDED

ORDER_TRANSITIONS: dict[str, frozenset[str]] = {
    OrderStatus.PENDING: frozenset(OrderStatus) - {OrderStatus.PENDING},
    OrderStatus.PROCESSING: frozenset(OrderStatus) - {OrderStatus.PENDING, OrderStatus.PROCESSING}
    | {OrderStatus.PENDING},  # the operator resends what is known not to have been placed
    OrderStatus.IN_PROGRESS: ENDED | {OrderStatus.PROCESSING},
    **{ended: frozenset() for ended in ENDED},
}

PURCHASE_TRANSITIONS: dict[str, frozenset[str]] = {
    PurchaseState.QUEUED: frozenset({PurchaseState.SUBMITTING, PurchaseState.REFUSED, PurchaseState.WITHDRAWN}),
    PurchaseState.SUBMITTING: frozenset(
        {PurchaseState.QUEUED, PurchaseState.PLACED, PurchaseState.REFUSED, PurchaseState.UNKNOWN}
    ),
    PurchaseState.UNKNOWN: frozenset({PurchaseState.PLACED, PurchaseState.REFUSED, PurchaseState.WITHDRAWN})
    | {PurchaseState.SUBMITTING},  # orders/operations/resending.py, and nobody else
    PurchaseState.PLACED: frozenset({PurchaseState.DONE, PurchaseState.WITHDRAWN})
    | {PurchaseState.UNKNOWN},  # the operator takes back an id that he gave, and that the provider never knew
    PurchaseState.REFUSED: frozenset(),
    PurchaseState.WITHDRAWN: frozenset(),
    PurchaseState.DONE: frozenset(),
}


def may_become(state: PurchaseState) -> list[str]:
    """Return the states from which a purchase may enter this one: the WHERE of every statement that moves one."""
    return sorted(source for source, targets in PURCHASE_TRANSITIONS.items() if state in targets)


@dataclass(frozen=True, slots=True)
class Run:
    """What is known of the live purchase of one run."""

    state: str
    reported: str
    quantity: int
    remains: int | None
    start_count: int | None
    resent: bool = False

    @property
    def not_sent(self) -> bool:
        """Return whether nothing is known to have been sent.

        A claimed purchase may be on the wire, but until its outcome is in nothing is known of it.
        """
        return self.state == PurchaseState.QUEUED or (self.state == PurchaseState.SUBMITTING and not self.resent)

    @property
    def ended(self) -> bool:
        """Return whether nothing more will come of it."""
        return self.state in {PurchaseState.DONE, PurchaseState.REFUSED, PurchaseState.WITHDRAWN}

    @property
    def left(self) -> int:
        """Return how many units are not delivered, between none and all."""
        if self.reported == OrderStatus.COMPLETED:
            return 0
        if self.remains is None or self.state == PurchaseState.REFUSED or self.reported == OrderStatus.CANCELED:
            return self.quantity
        return min(max(self.remains, 0), self.quantity)

    @property
    def stage(self) -> OrderStatus:
        """Return the status of an order that consists of this run alone, while it has not ended."""
        if self.not_sent:
            return OrderStatus.PENDING
        if self.ended and self.left == self.quantity:
            # Nothing came of it: the other runs say where the order is, beyond that it was sent or was not.
            return OrderStatus.PENDING if self.state == PurchaseState.REFUSED else OrderStatus.PROCESSING
        moving = {OrderStatus.IN_PROGRESS, OrderStatus.PARTIAL, OrderStatus.COMPLETED}
        return OrderStatus.IN_PROGRESS if self.ended or self.reported in moving else OrderStatus.PROCESSING


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an order stands: its status, units still to come, and units that never will."""

    status: OrderStatus
    remains: int
    undelivered: int
    start_count: int | None


def standing(runs: Iterable[Run]) -> Standing:
    """Return where the order stands that these runs make up. The only place that decides an order's status."""
    known = list(runs)
    remains = sum(run.left for run in known)
    return Standing(
        status=_ended_as(known, remains) if all(run.ended for run in known) else _under_way(known),
        remains=remains,
        undelivered=sum(run.left for run in known if run.ended),
        start_count=next((run.start_count for run in known if run.start_count is not None), None),
    )


def _under_way(runs: list[Run]) -> OrderStatus:
    stages = {run.stage for run in runs}
    if OrderStatus.IN_PROGRESS in stages:
        return OrderStatus.IN_PROGRESS
    return OrderStatus.PROCESSING if OrderStatus.PROCESSING in stages else OrderStatus.PENDING


def _ended_as(runs: list[Run], remains: int) -> OrderStatus:
    if remains == 0:
        return OrderStatus.COMPLETED
    if remains < sum(run.quantity for run in runs):
        return OrderStatus.PARTIAL
    refused = all(run.state == PurchaseState.REFUSED for run in runs)
    return OrderStatus.FAILED if refused else OrderStatus.CANCELED
