"""Redeeming a coupon, inside the transaction of the order it is for: a refused order uses nothing up."""

from catalog.models import Coupon, Service
from catalog.pricing import Off, Price
from kit import clock
from kit.transitions import change_if, change_one
from orders.coupon_rules import OWN_LIMIT, RULES
from orders.models import Order
from orders.parameters import InvalidCoupon

# The coupon's row is held from here to the order's commit: whoever wants its last use at this moment waits here, and
# then finds the limit reached.
REDEEM = f"""
UPDATE catalog_coupon c SET used = used + 1
WHERE c.code = %(code)s AND {" AND ".join(RULES.values())}
RETURNING c.id, c.percent, c.amount
"""  # noqa: S608 -- constants

# The account's first use of it, its second … Read while the coupon's row is held, so no number is drawn twice; the
# unique index says the same.
NOTE = f"""
INSERT INTO orders_couponuse (coupon_id, account_id, number, order_id)
SELECT c.id, %(account)s, 1 + coalesce((
    SELECT max(number) FROM orders_couponuse WHERE coupon_id = c.id AND account_id = %(account)s), 0), %(order)s
FROM catalog_coupon c WHERE c.id = %(coupon)s AND {" AND ".join(OWN_LIMIT.values())}
RETURNING id
"""  # noqa: S608 -- constants


def redeem(code: str, *, account_id: int, service: Service, price: Price) -> tuple[Price, Coupon | None]:
    """Count one use of the coupon and return the price with it; without a code, the price as it is.

    `note_use` has to follow in the same transaction: it holds the account's own limit.

    :raises InvalidCoupon: where it does not apply, for whatever reason.
    """
    if not code:
        return price, None
    if "\0" in code:  # PostgreSQL keeps it in no text
        raise InvalidCoupon(code)
    sold = {"service": service.pk, "type": service.type, "category": service.category_id}
    given = {"code": code, "charge": price.charge, "now": clock.now()} | sold
    coupon_id, percent, amount = change_one(REDEEM, given, InvalidCoupon(code))
    return price.with_coupon(Off(code, percent, amount)), Coupon(pk=coupon_id, code=code)


def note_use(order: Order) -> None:
    """Note which use of its coupon by its account the order is, where it has one.

    :raises InvalidCoupon: where the account has used it as often as it may.
    """
    if order.coupon_id is None:
        return
    given = {"coupon": order.coupon_id, "account": order.account_id, "order": order.pk}
    if change_if(NOTE, given) is None:
        raise InvalidCoupon(order.coupon_id)
