"""Which orders a coupon was used for: a limit on how many is a numbered slot with a unique index."""

from django.db import models

from accounts.models import User
from catalog.models import Coupon
from orders.models.orders import Order


class CouponUse(models.Model):
    """One use of a coupon by one account, for one order."""

    coupon = models.ForeignKey(Coupon, on_delete=models.PROTECT, related_name="uses", db_index=False)
    account = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    number = models.PositiveIntegerField(help_text="the account's first use, its second …")
    order = models.OneToOneField(Order, on_delete=models.PROTECT, related_name="coupon_use")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coupon", "account", "number"], name="coupon_use_once_per_number"),
        ]

    def __str__(self) -> str:
        return f"{self.coupon}, use {self.number}"
