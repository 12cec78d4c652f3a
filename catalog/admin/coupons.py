"""The operator's screen of coupons."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from catalog import operations
from catalog.admin.screens import CatalogScreen
from catalog.models import Coupon
from catalog.pricing import plain
from kit.asking import Question, ReasonForm, ask, button, found
from kit.screens import dollars, list_link, moment

SWITCH_OFF = Question(
    "Switch off the coupon", "Switch off", ReasonForm, "Orders that have used it keep what they were placed with."
)


@admin.register(Coupon)
class CouponAdmin(CatalogScreen):
    """Discounts on single orders, by a code."""

    list_display = ["code", "takes", "times", "limit", "until", "active"]
    list_filter = ["active"]
    search_fields = ["code"]
    fields = [
        *(("code", "active"), ("percent", "amount"), "minimum", ("use_limit", "per_account")),
        *(("starts_at", "ends_at"), "services", "categories", ("times", "who")),
    ]
    readonly_fields = ["times", "who"]
    autocomplete_fields = ["services", "categories"]
    actions_detail = ["switch_off"]

    def get_readonly_fields(self, request: HttpRequest, obj: Coupon | None = None) -> list[str]:
        """Return the code once it is given out."""
        return [*self.readonly_fields, *(["code"] if obj else [])]

    @button("Switch off…", "switch-off")
    def switch_off(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the coupon at once."""
        coupon = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            operations.switch_off_coupon(coupon_id=coupon.pk, actor=request.user.get_username(), **given)
            return f"{coupon} is switched off."

        back = reverse("admin:catalog_coupon_change", args=[coupon.pk])
        return ask(self, request, SWITCH_OFF, then=then, refusals=(), back=back, about=coupon)

    @admin.display(description="takes off")
    def takes(self, coupon: Coupon) -> str:
        """Return what it takes off."""
        return f"{plain(coupon.percent)} %" if coupon.percent is not None else f"{dollars(coupon.amount)} USD"

    @admin.display(description="used", ordering="used")
    def times(self, coupon: Coupon) -> int:
        """Return how often it has been used."""
        return coupon.used

    @admin.display(description="of")
    def limit(self, coupon: Coupon) -> str:
        """Return how often it may be used."""
        return "any number" if coupon.use_limit is None else str(coupon.use_limit)

    @admin.display(description="until", ordering="ends_at")
    def until(self, coupon: Coupon) -> str:
        """Return when it ends."""
        return moment(coupon.ends_at)

    @admin.display(description="by whom")
    def who(self, coupon: Coupon) -> SafeString | str:
        """Return a link to its uses."""
        return list_link("Uses", "orders_couponuse_changelist", coupon=coupon.pk) if coupon.pk else ""
