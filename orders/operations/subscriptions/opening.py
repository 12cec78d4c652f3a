"""Opening a subscription, in the transaction that places its order."""

from datetime import UTC, datetime

from orders.models import Order, Subscription


def open_for(order: Order) -> None:
    """Write what a Subscriptions order has beside the order, from its checked parameters."""
    params = order.params
    expiry = params.get("expiry")
    Subscription.objects.create(
        order=order,
        username=params["username"],
        min=int(params["min"]),
        max=int(params["max"]),
        delay=int(params["delay"]),
        posts_wanted=order.quantity or None,
        old_posts=int(params.get("old_posts") or 0),
        expires_on=datetime.strptime(expiry, "%d/%m/%Y").replace(tzinfo=UTC).date() if expiry else None,
    )
