"""Redeeming a coupon, inside the transaction of the order it is for."""

from catalog.models import Coupon, Service
from catalog.pricing import Price
from orders.models import Order
from orders.parameters import InvalidCoupon


def redeem(code: str, *, account_id: int, service: Service, price: Price) -> tuple[Price, Coupon | None]:
    """Count one use of the coupon and return the price with it; without a code, the price as it is.

    :raises InvalidCoupon: where it does not apply, for whatever reason.
    """
    if code:
        raise InvalidCoupon(code)
    return price, None


def note_use(order: Order) -> None:
    """Note which use of its coupon the order was, where it has one."""
