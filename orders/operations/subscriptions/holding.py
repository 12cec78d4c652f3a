"""Holding a subscription while it is changed: its purchases, then its order, as everything else does."""

from dataclasses import dataclass
from decimal import Decimal

from catalog import pricing
from catalog.models import ServiceType
from orders.models import Order, Purchase, Subscription
from orders.states import PostState


@dataclass
class Held:
    """A subscription whose rows are locked until the caller's transaction ends."""

    order: Order
    subscription: Subscription
    purchases: list[Purchase]

    @property
    def last(self) -> Purchase:
        """Return its latest purchase, the one that delivers if any does."""
        return self.purchases[-1]

    def left(self) -> int | None:
        """Return how many posts are still to come; None where it has no end of its own."""
        return posts_left(self.subscription)

    def price(self, quantity: int) -> Decimal:
        """Return what a post of this size costs in USD, by the rate that was agreed at placing."""
        return pricing.charge(ServiceType.DEFAULT, self.order.rate, quantity)

    @property
    def largest_post(self) -> Decimal:
        """Return what a post at its max costs in USD."""
        return self.price(self.subscription.max)


def hold(order_id: int) -> Held | None:
    """Lock a subscription's rows in the caller's transaction and return them; None where the order is none."""
    # In the order of their ids, as whoever takes several does.
    locked = list(Purchase.objects.select_for_update(no_key=True).filter(order_id=order_id).order_by("id"))
    purchases = sorted(locked, key=lambda each: (each.run, each.attempt))
    order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
    subscription = Subscription.objects.filter(pk=order_id).first()
    return None if subscription is None else Held(order, subscription, purchases)


def posts_left(subscription: Subscription) -> int | None:
    """Return how many posts are still to come, old ones counted in; None where it has no end of its own."""
    if subscription.wanted is None:
        return None
    return max(0, subscription.wanted - posts_of(subscription))


def posts_of(subscription: Subscription) -> int:
    """Return how many posts it has had, charged or to be charged; what was written off is none."""
    return subscription.posts.exclude(state=PostState.WRITTEN_OFF).count()
