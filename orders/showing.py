"""One order as its reseller sees it: its runs, posts and refills, and what may be done with it.

Nothing here tells of providers or costs.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import F, QuerySet

import orders.operations.cancelling
import orders.operations.refills.requesting
from catalog.models import ServiceType
from kit import ids
from orders.models import Order, Post, Purchase, Refill
from orders.naming import among, meant
from orders.operations.cancelling import CannotBeCanceled
from orders.operations.refills.requesting import RefillRefusal
from orders.queries import OrderNotFound
from orders.states import PostState, Run, standing

MOST_POSTS = 200  # of one order, on its page


def one_of(account_id: int, sent: str) -> Order:
    """Return the account's order of this id, in either form, with its service, subscription, parent, key and coupon.

    :raises OrderNotFound: where it has none.
    """
    name = meant("ord", sent)
    if name is None:
        raise OrderNotFound(sent)
    beside = ("service__category", "subscription", "parent", "api_key", "coupon")
    order = Order.objects.select_related(*beside).filter(among([name]), account_id=account_id).first()
    if order is None:
        raise OrderNotFound(sent)
    return order


@dataclass(frozen=True, slots=True)
class RunShown:
    """One run of a drip-feed: when it is sent, or was to be, and how far it is."""

    number: int
    at: datetime
    quantity: int
    status: str
    start_count: int | None
    remains: int


def runs_of(order: Order) -> list[RunShown]:
    """Return the runs of a drip-feed, the first one first; none where it is no drip-feed, or its runs are not known.

    They are not where the provider was told how many there are, and sends them itself.
    """
    if order.runs == 1:
        return []
    tries = Purchase.objects.filter(order_id=order.pk).order_by("run", "attempt")
    last = {each.run: each for each in tries.only(*RUN)}
    return [_run(each) for each in last.values()] if len(last) > 1 else []


RUN = (
    *("order_id", "run", "wanted_at", "claimed_at", "resent_at", "quantity", "state", "reported", "remains"),
    "start_count",
)


def _run(run: Purchase) -> RunShown:
    resent = run.resent_at is not None
    alone = standing([Run(run.state, run.reported, run.quantity, run.remains, run.start_count, resent)])
    at = run.claimed_at or run.wanted_at
    return RunShown(run.run, at, run.quantity, alone.status, alone.start_count, alone.remains)


@dataclass(frozen=True, slots=True)
class PostShown:
    """A post of a subscription: the order it became, or that it is not charged yet."""

    reported_at: datetime
    quantity: int | None
    waits_for_balance: bool
    order: int | None
    public_id: UUID | None
    status: str
    charge: Decimal | None

    @property
    def shown_id(self) -> str:
        """Return the public id of its order, `ord_…`; nothing where it has none yet."""
        return ids.shown("ord", self.public_id) if self.public_id else ""


def posts_of(order: Order, most: int = MOST_POSTS) -> list[PostShown]:
    """Return the latest posts of a subscription, the newest first; none where it is no subscription.

    What was written off is none of the reseller's.
    """
    if order.type != ServiceType.SUBSCRIPTIONS:
        return []
    known = Post.objects.filter(subscription_id=order.pk).exclude(state=PostState.WRITTEN_OFF).order_by("-id")
    rows = known.annotate(kept=F("order__charge") - F("order__refunded")).values_list(
        "reported_at", "quantity", "state", "order_id", "order__public_id", "order__status", "kept"
    )
    return [
        PostShown(at, quantity, state == PostState.OWED, number, public_id, status or "", kept)
        for at, quantity, state, number, public_id, status, kept in rows[:most]
    ]


def refills_of(order: Order) -> QuerySet[Refill]:
    """Return the order's refills, the first one first."""
    return Refill.objects.filter(order_id=order.pk).order_by("number")


def may_cancel(order: Order) -> CannotBeCanceled | None:
    """Return why cancelling it would come to nothing now, or None: as things are, which `cancel` alone decides."""
    return orders.operations.cancelling.refusal(order)


def may_refill(order: Order) -> RefillRefusal | None:
    """Return why it would not be refilled now, or None: as things are, which `request` alone decides."""
    return orders.operations.refills.requesting.refusal(order)
