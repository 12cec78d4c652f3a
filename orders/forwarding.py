"""What a provider is sent for a purchase, in the provider's own spelling: exactly what the order's type takes."""

from catalog.models import ServiceType
from orders.models import Order, Purchase
from orders.parameters import TAKES


def parameters(purchase: Purchase) -> dict[str, str]:
    """Return what the provider is sent beside key and action."""
    order = purchase.order
    sent = {"service": purchase.source.remote_id}
    if order.link:
        sent["link"] = order.link
    if TAKES[order.type].quantity_is_sent:
        sent["quantity"] = str(purchase.quantity)
    sent |= order.params
    if order.type == ServiceType.SUBSCRIPTIONS and purchase.run > 1:
        return _the_rest(sent, purchase)
    return sent | _in_runs(order) if delivers_in_runs(purchase, order) else sent


def delivers_in_runs(purchase: Purchase, order: Order) -> bool:
    """Return whether the provider is to deliver all runs of the order by itself: the purchase is for all of them."""
    return order.runs > 1 and purchase.quantity == order.quantity


def _the_rest(sent: dict[str, str], purchase: Purchase) -> dict[str, str]:
    """Return what is sent to go on with a paused subscription: for the posts left, old ones are among them or done."""
    without_old = {name: value for name, value in sent.items() if name != "old_posts"}
    return without_old | {"posts": str(purchase.quantity)} if purchase.quantity else without_old


def _in_runs(order: Order) -> dict[str, str]:
    # A provider's quantity is that of one run, as ours is.
    return {"quantity": str(order.quantity // order.runs), "runs": str(order.runs), "interval": str(order.interval)}
