"""The orders' tables."""

from orders.models.coupon_uses import CouponUse
from orders.models.orders import Order, Request
from orders.models.purchases import Purchase
from orders.models.reconciling import Reconciliation
from orders.models.refills import Refill, RefillPart
from orders.models.subscriptions import Subscription

__all__ = ["CouponUse", "Order", "Purchase", "Reconciliation", "Refill", "RefillPart", "Request", "Subscription"]
