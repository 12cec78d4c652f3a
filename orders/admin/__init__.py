"""The operator's screens of orders."""

from orders.admin.orders import OrderAdmin
from orders.admin.purchases import PurchaseAdmin
from orders.admin.requests import RequestAdmin

__all__ = ["OrderAdmin", "PurchaseAdmin", "RequestAdmin"]
