"""How a subscription stands, and how large a post was: pure functions of what is known."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from orders.states import OrderStatus, PurchaseState, Run, Standing, SubscriptionState

SUBSCRIPTION_TRANSITIONS: dict[str, frozenset[str]] = {
    SubscriptionState.ACTIVE: frozenset(SubscriptionState) - {SubscriptionState.ACTIVE},
    SubscriptionState.PAUSED: frozenset(SubscriptionState) - {SubscriptionState.PAUSED},
    SubscriptionState.COMPLETED: frozenset(),
    SubscriptionState.EXPIRED: frozenset(),
    SubscriptionState.CANCELED: frozenset(),
}
# What the order is called (protocol.md, "status").
ORDER_STATUS = {
    SubscriptionState.COMPLETED: OrderStatus.COMPLETED,
    SubscriptionState.EXPIRED: OrderStatus.COMPLETED,
    SubscriptionState.CANCELED: OrderStatus.CANCELED,
}
PER = Decimal(1000)


def sub_may_become(state: SubscriptionState) -> list[str]:
    """Return the states from which a subscription may enter this one."""
    return sorted(source for source, targets in SUBSCRIPTION_TRANSITIONS.items() if state in targets)


@dataclass(frozen=True, slots=True)
class Known:
    """What decides how a subscription stands: its own state, its last purchase, and its posts.

    `left` is None where it has no end of its own; `waiting` says that posts are reported and not charged yet.
    """

    state: str
    run: Run
    first_run: bool
    posts: int
    left: int | None
    waiting: bool
    past_its_day: bool
    cancel_asked: bool

    @property
    def ends_as(self) -> SubscriptionState | None:
        """Return how it has ended; None while it has not, or while a post is still to be charged."""
        return None if self.waiting or not self.run.ended else self._last_word

    @property
    def _last_word(self) -> SubscriptionState | None:
        if self.run.state != PurchaseState.DONE:
            return SubscriptionState.CANCELED
        if self.run.reported == SubscriptionState.EXPIRED:
            return SubscriptionState.EXPIRED
        if self.run.reported == OrderStatus.COMPLETED:
            cut_short = self.past_its_day and self.left != 0
            return SubscriptionState.EXPIRED if cut_short else SubscriptionState.COMPLETED
        return self._stopped

    @property
    def _stopped(self) -> SubscriptionState | None:
        """Return what it means that the provider delivers no more: where we only paused it, nothing has ended."""
        if self.cancel_asked:
            return SubscriptionState.CANCELED
        if self.left == 0:
            return SubscriptionState.COMPLETED
        if self.state != SubscriptionState.PAUSED:
            return SubscriptionState.CANCELED
        return SubscriptionState.EXPIRED if self.past_its_day else None

    def standing(self, before: str, quantity: int) -> Standing:
        """Return where its order stands, which was at `before` until now.

        `remains` are the posts left, 0 where there is no end. What goes back is not counted in units.
        """
        end = self.ends_as
        return Standing(
            status=self._under_way(before) if end is None else self._ended(end),
            remains=min(self.left or 0, quantity),
            undelivered=0,
            start_count=None,
        )

    def _ended(self, end: SubscriptionState) -> OrderStatus:
        nobody_took_it = self.first_run and self.run.state == PurchaseState.REFUSED and not self.posts
        return OrderStatus.FAILED if nobody_took_it else ORDER_STATUS[end]

    def _under_way(self, before: str) -> OrderStatus:
        if before == OrderStatus.IN_PROGRESS or self.posts or not self.first_run or self.run.ended:
            return OrderStatus.IN_PROGRESS
        if self.run.not_sent:
            return OrderStatus.PENDING
        return OrderStatus.IN_PROGRESS if self.run.reported else OrderStatus.PROCESSING


@dataclass(frozen=True, slots=True)
class Measured:
    """How large a post is taken to be, and why: `agreed`, `charge`, `charge, clamped`, `minimum`."""

    quantity: int
    basis: str


def measured(low: int, high: int, charge: Decimal | None, cost: Decimal) -> Measured | None:
    """Return how large a post was, by what the provider took for it at its `cost` per 1000; None where it cannot say.

    The protocol has no word for a post's quantity (docs/adr/0007-money-of-subscriptions.md).
    """
    if low == high:
        return Measured(low, "agreed")
    if not charge or not cost:
        return None
    quotient = charge * PER / cost
    if low <= quotient <= high:
        return Measured(int(quotient.quantize(Decimal(1), rounding=ROUND_HALF_UP)), "charge")
    return Measured(low if quotient < low else high, "charge, clamped")
