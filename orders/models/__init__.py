"""The orders' tables."""

from orders.models.coupon_uses import CouponUse
from orders.models.orders import Order, Request
from orders.models.purchases import IN_DOUBT, KNOWN_BY_REQUEST_ID, Purchase
from orders.models.reconciling import Reconciliation, Topup
from orders.models.refills import Refill, RefillPart
from orders.models.subscriptions import Post, Subscription
from orders.models.unknown import UnknownPurchase

__all__ = [
    "IN_DOUBT",
    "KNOWN_BY_REQUEST_ID",
    "CouponUse",
    "Order",
    "Post",
    "Purchase",
    "Reconciliation",
    "Refill",
    "RefillPart",
    "Request",
    "Subscription",
    "Topup",
    "UnknownPurchase",
]
