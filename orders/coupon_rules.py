"""What must be true for a coupon to apply, each rule beside the sentence that says it is not so.

The statement that redeems a coupon and the page that explains why one does not apply read the same table.
"""

from decimal import Decimal
from typing import Any

from django.db import connection

from catalog.models import Coupon, Service
from kit import clock

# Of the row c of catalog_coupon, with the parameters account, service, type, category, charge and now.
RULES = {
    # Its first money is given back to the first post, and no later one has a share in it: nothing would be cheaper.
    "it is not for subscriptions": "%(type)s <> 'Subscriptions'",
    "it is switched off": "c.active",
    "it has not begun": "(c.starts_at IS NULL OR c.starts_at <= %(now)s)",
    "it has ended": "(c.ends_at IS NULL OR c.ends_at > %(now)s)",
    "it has been used as often as it may be": "(c.use_limit IS NULL OR c.used < c.use_limit)",
    "the order comes to less than its minimum": "c.minimum <= %(charge)s",
    "it is not for this service": """(
        (NOT EXISTS (SELECT FROM catalog_coupon_services s WHERE s.coupon_id = c.id)
         AND NOT EXISTS (SELECT FROM catalog_coupon_categories k WHERE k.coupon_id = c.id))
        OR EXISTS (SELECT FROM catalog_coupon_services s WHERE s.coupon_id = c.id AND s.service_id = %(service)s)
        OR EXISTS (SELECT FROM catalog_coupon_categories k
                   WHERE k.coupon_id = c.id AND k.category_id = %(category)s))""",
}
# How many uses the account has had, of one coupon.
USES = "(SELECT count(*) FROM orders_couponuse u WHERE u.coupon_id = c.id AND u.account_id = %(account)s)"
OWN_LIMIT = {"the account has used it as often as it may": f"(c.per_account IS NULL OR {USES} < c.per_account)"}


def objections(coupon: Coupon, *, account_id: int, service: Service, charge: Decimal) -> list[str]:
    """Return every reason why the coupon does not apply to an order of this charge in USD, in words; read only."""
    rules = RULES | OWN_LIMIT
    asked = f"SELECT {', '.join(rules.values())} FROM catalog_coupon c WHERE c.id = %(coupon)s"  # noqa: S608 -- constants
    given: dict[str, Any] = {"coupon": coupon.pk, "account": account_id, "service": service.pk, "type": service.type}
    with connection.cursor() as cursor:
        cursor.execute(asked, given | {"category": service.category_id, "charge": charge, "now": clock.now()})
        (holds,) = cursor.fetchall()
    return [reason for reason, true in zip(rules, holds, strict=True) if not true]
