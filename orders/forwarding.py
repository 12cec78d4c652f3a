"""What a provider is sent for a purchase, in the provider's own spelling."""

from catalog.models import ServiceType
from orders.models import Purchase


def parameters(purchase: Purchase) -> dict[str, str]:
    """Return what the provider is sent beside key and action."""
    order = purchase.order
    params = {"service": purchase.source.remote_id, "link": order.link}
    return params if order.type == ServiceType.PACKAGE else params | {"quantity": str(purchase.quantity)}
