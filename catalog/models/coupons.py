"""Coupons: a discount on single orders, by a code."""

from django.db import models
from django.db.models import F, Q


class Coupon(models.Model):
    """A percentage or an amount off an order's charge, within its limits. `used` is counted by the orders' room."""

    code = models.CharField(max_length=64, unique=True)
    percent = models.DecimalField(max_digits=5, decimal_places=2, null=True, blank=True)
    amount = models.DecimalField(max_digits=20, decimal_places=8, null=True, blank=True, help_text="USD off the charge")
    minimum = models.DecimalField(
        max_digits=20, decimal_places=8, default=0, help_text="USD that an order has to come to"
    )
    used = models.PositiveIntegerField(default=0, editable=False)
    use_limit = models.PositiveIntegerField(null=True, blank=True, help_text="uses in all; empty: any number")
    per_account = models.PositiveIntegerField(null=True, blank=True, help_text="uses by one account; empty: any number")
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)
    services = models.ManyToManyField("catalog.Service", blank=True, related_name="+")
    categories = models.ManyToManyField("catalog.Category", blank=True, related_name="+")

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(percent__isnull=True) ^ Q(amount__isnull=True),
                name="coupon_percent_or_amount",
                violation_error_message="Give a percentage or an amount, not both.",
            ),
            models.CheckConstraint(
                condition=Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=100),
                name="coupon_percent_valid",
                violation_error_message="A percentage is above 0 and at most 100.",
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
                name="coupon_amount_positive",
                violation_error_message="The amount is above 0.",
            ),
            models.CheckConstraint(
                condition=Q(minimum__gte=0),
                name="coupon_minimum_not_negative",
                violation_error_message="The minimum cannot be negative.",
            ),
            models.CheckConstraint(
                condition=Q(use_limit__isnull=True) | Q(used__lte=F("use_limit")), name="coupon_used_within_limit"
            ),
            models.CheckConstraint(
                condition=Q(starts_at__isnull=True) | Q(ends_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
                name="coupon_starts_before_it_ends",
                violation_error_message="A coupon starts before it ends.",
            ),
        ]

    def __str__(self) -> str:
        return self.code
