"""The operator's screens of orders."""

from orders.admin.coupon_uses import CouponUseAdmin
from orders.admin.orders import OrderAdmin
from orders.admin.purchases import PurchaseAdmin
from orders.admin.reconciling import ReconciliationAdmin, TopupAdmin
from orders.admin.refills import RefillAdmin
from orders.admin.requests import RequestAdmin
from orders.admin.subscriptions import SubscriptionAdmin
from orders.admin.unknown import UnknownPurchaseAdmin

__all__ = [
    "CouponUseAdmin",
    "OrderAdmin",
    "PurchaseAdmin",
    "ReconciliationAdmin",
    "RefillAdmin",
    "RequestAdmin",
    "SubscriptionAdmin",
    "TopupAdmin",
    "UnknownPurchaseAdmin",
]
