"""The operator's screen of who used which coupon."""

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from kit.screens import Shown, dollars, link
from orders.models import CouponUse


@admin.register(CouponUse)
class CouponUseAdmin(Shown):
    """Every use of a coupon, the latest first."""

    list_display = ["coupon", "account", "number", "placed", "charged"]
    list_select_related = ["coupon", "account", "order"]
    ordering = ["-id"]
    search_fields = ["coupon__code"]
    search_help_text = "a coupon's whole code"
    fields = ["coupon", "account", "number", "order"]

    def find(self, rows: QuerySet[CouponUse], term: str) -> QuerySet[CouponUse]:
        """Find by the code."""
        return rows.filter(coupon__code=term)

    @admin.display(description="order")
    def placed(self, use: CouponUse) -> SafeString:
        """Return a link to the order."""
        return link(use.order, "orders_order_change", use.order_id)

    @admin.display(description="charged, USD")
    def charged(self, use: CouponUse) -> str:
        """Return what was charged with it."""
        return dollars(use.order.charge)
