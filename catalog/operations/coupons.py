"""Coupons by the operator's word; orders redeem them (orders/operations/redeeming.py)."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Coupon
from catalog.operations import rows


def add_coupon(*, code: str, actor: str, **fields: Any) -> Coupon:
    """Make a coupon. Without services and categories it is for everything.

    :raises ValidationError: where a field cannot be kept, or the code is taken.
    """
    lists = {field: fields.pop(field) for field in rows.LISTS & fields.keys()}
    return rows.add(Coupon(code=code.strip(), **fields), actor, lists=lists)


def change_coupon(*, coupon_id: int, actor: str, **changes: Any) -> Coupon:
    """Change a coupon; orders that have used it keep what they were placed with.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    with transaction.atomic():
        coupon = rows.locked(Coupon, coupon_id)  # whoever redeems it at this moment is counted, or waits
        limit = changes.get("use_limit")
        if limit is not None and limit < coupon.used:
            raise ValidationError(
                {"use_limit": f"It has been used {coupon.used} times already: switch it off to end it."}
            )
        return rows.change(Coupon, coupon_id, actor, changes)


def switch_off_coupon(*, coupon_id: int, actor: str, reason: str = "") -> Coupon:
    """End a coupon at once; what it was used for stays."""
    return rows.change(Coupon, coupon_id, actor, {"active": False}, reason=reason)
