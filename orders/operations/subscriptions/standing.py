"""Where a subscription's order stands: the branch of settling that ordinary orders do not take."""

from kit import clock
from orders.models import Order, Purchase, Subscription
from orders.operations.subscriptions.holding import posts_left, posts_of
from orders.operations.subscriptions.telling import tell
from orders.states import ENDED, OPEN_POSTS, Run, Standing
from orders.subscription_states import Known, sub_may_become


def stand(order: Order) -> Standing:
    """Return where the order stands and end its subscription where that has ended. The caller holds the order."""
    if order.status in ENDED:
        return Standing(order.status, order.remains, 0, order.start_count)  # type: ignore[arg-type] # a literal of it
    subscription = Subscription.objects.get(pk=order.pk)
    known = _known(subscription)
    end = known.ends_as
    if end is not None:
        may_end = Subscription.objects.filter(pk=order.pk, state__in=sub_may_become(end))
        if may_end.update(state=end):
            tell(end, order, posts=known.posts)
    return known.standing(order.status, order.quantity)


def _known(subscription: Subscription) -> Known:
    last = Purchase.objects.filter(order_id=subscription.pk).order_by("-run", "-attempt")[0]
    return Known(
        state=subscription.state,
        run=Run(last.state, last.reported, last.quantity, last.remains, last.start_count, last.in_doubt),
        first_run=last.run == 1,
        posts=posts_of(subscription),
        left=posts_left(subscription),
        waiting=subscription.posts.filter(state__in=OPEN_POSTS).exists(),
        past_its_day=is_past(subscription),
        cancel_asked=subscription.cancel_requested_at is not None,
    )


def is_past(subscription: Subscription) -> bool:
    """Return whether the day up to which it was wanted is over, by UTC."""
    return subscription.expires_on is not None and clock.now().date() > subscription.expires_on
