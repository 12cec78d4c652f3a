"""What the database holds of coupons' uses, and the words for why one does not apply."""

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.models import Coupon
from catalog.operations import add_coupon
from kit import clock
from orders.coupon_rules import objections
from orders.models import CouponUse
from tests.breaking import refused_by

pytestmark = pytest.mark.django_db


def test_no_number_is_used_twice_by_an_account_and_no_order_has_two_coupons(alice, order_of):
    coupon = Coupon.objects.create(code="X", percent=1)
    orders = [order_of(remote_id="1"), order_of(remote_id="2")]
    CouponUse.objects.create(coupon=coupon, account=alice.user, number=1, order=orders[0])
    with refused_by("coupon_use_once_per_number"):
        CouponUse.objects.create(coupon=coupon, account=alice.user, number=1, order=orders[1])
    with refused_by("orders_couponuse_order_id_key"):
        CouponUse.objects.create(coupon=coupon, account=alice.user, number=2, order=orders[0])


def test_says_every_reason_at_once(alice, service, sell):
    other = sell(category="Other", remote_id="2")
    coupon = add_coupon(
        code="X",
        percent=Decimal(1),
        actor="bob",
        active=False,
        starts_at=clock.now() + timedelta(days=1),
        use_limit=0,
        per_account=0,
        minimum=Decimal(9),
        services=[other],
    )
    told = {"account_id": alice.id, "charge": Decimal(1)}
    assert objections(coupon, service=service, **told) == [
        "it is switched off",
        "it has not begun",
        "it has been used as often as it may be",
        "the order comes to less than its minimum",
        "it is not for this service",
        "the account has used it as often as it may",
    ]
    assert "it is not for this service" not in objections(coupon, service=other, **told)
    Coupon.objects.update(starts_at=None, ends_at=clock.now() - timedelta(days=1))
    assert "it has ended" in objections(coupon, service=other, **told)
    plain = add_coupon(code="Y", percent=Decimal(1), actor="bob")
    assert objections(plain, service=service, **told) == []
