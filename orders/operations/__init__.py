"""Every write of orders, by the part of an order's life it belongs to."""

from orders.operations.deciding import CannotDecide, cancel_and_refund, detach, mark_not_placed, mark_placed, resend
from orders.operations.placing import LinkInProgress, OrdersStopped, Placed, RequestConflict, ServiceNotFound, place

__all__ = [
    "CannotDecide",
    "LinkInProgress",
    "OrdersStopped",
    "Placed",
    "RequestConflict",
    "ServiceNotFound",
    "cancel_and_refund",
    "detach",
    "mark_not_placed",
    "mark_placed",
    "place",
    "resend",
]
