"""The operator's screen of refills: those that have not ended first, and what he decides of them."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.safestring import SafeString

from events.admin import history_table
from events.queries import history
from kit import ids
from kit.asking import Question, ReasonForm, ask, button, found
from kit.screens import Shown, link, moment, short, whole_number
from orders import refill_queries
from orders.admin.refill_tables import parts_table
from orders.models import Order, Refill
from orders.operations import refills
from orders.operations.refills import CannotDecideRefill

LATEST = 200
COMPLETE = Question(
    "Complete the refill",
    "Complete",
    ReasonForm,
    "You say that it is refilled: whoever asked for it sees `completed`. No provider is told.",
)
REJECT = Question(
    "Reject the refill",
    "Reject",
    ReasonForm,
    "You say that it is not refilled: whoever asked for it sees `rejected`. No provider is told.",
    danger=True,
)


class YoursFilter(admin.SimpleListFilter):
    """Those that wait for the operator."""

    title = "yours to decide"
    parameter_name = "yours"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the one choice."""
        return [("yes", "by hand, or stuck")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the refills that wait for the operator, where that was chosen."""
        return queryset.filter(pk__in=refill_queries.to_decide().values("pk")) if self.value() else queryset


@admin.register(Refill)
class RefillAdmin(Shown):
    """Every refill: those that have not ended first, then the latest."""

    list_display = ["shown", "of_order", "status", "by_hand", "asked", "ended"]
    list_display_links = ["shown"]
    list_select_related = ["order"]
    list_filter = ["status", YoursFilter]
    ordering = ["-ended_at", "-id"]  # PostgreSQL has the empty ones first
    search_fields = ["public_id"]
    search_help_text = "a refill's id (ref_…), an order's id (ord_… or number)"
    fields = [("shown", "number"), ("of_order", "status"), ("asked", "ended"), "by_hand"]
    readonly_fields = ["shown", "of_order", "asked", "ended"]
    actions_detail = ["complete", "reject"]
    change_form_outer_after_template = "kit/tables.html"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the refill, or by its order."""
        public_id, of_order = ids.parsed("ref", term), ids.parsed("ord", term)
        if public_id is not None:
            return rows.filter(public_id=public_id)
        if of_order is not None:
            return rows.filter(order__in=Order.objects.filter(public_id=of_order))
        number = whole_number(term)
        return rows.none() if number is None else rows.filter(order_id=number)

    def get_actions_detail(self, request: HttpRequest, object_id: int) -> list[Any]:
        """Offer the decisions where the refill is the operator's."""
        his = refill_queries.to_decide().filter(pk=object_id).exists()
        return list(super().get_actions_detail(request, object_id)) if his else []

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the refill with its parts and its history."""
        refill = self.get_object(request, object_id)
        tables = [] if refill is None else [parts_table(refill), _history(refill)]
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    @button("Complete…", "complete")
    def complete(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say that it is refilled."""
        return self._decide(request, object_id, COMPLETE, refills.complete)

    @button("Reject…", "reject")
    def reject(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Say that it is not refilled."""
        return self._decide(request, object_id, REJECT, refills.reject)

    def _decide(
        self, request: HttpRequest, object_id: str, question: Question, decide: Callable[..., Refill]
    ) -> HttpResponse:
        refill = found(self, request, object_id)

        def then(given: dict[str, Any]) -> str:
            after = decide(refill_id=refill.pk, actor=request.user.get_username(), **given)
            return f"Refill {after.shown_id} is {after.status} now."

        back = reverse("admin:orders_refill_change", args=[refill.pk])
        return ask(self, request, question, then=then, refusals=(CannotDecideRefill,), back=back, about=refill)

    @admin.display(description="refill")
    def shown(self, refill: Refill) -> str:
        """Return its public id."""
        return refill.shown_id

    @admin.display(description="order")
    def of_order(self, refill: Refill) -> SafeString:
        """Return a link to the order."""
        return link(refill.order, "orders_order_change", refill.order_id)

    @admin.display(description="asked for")
    def asked(self, refill: Refill) -> SafeString:
        """Return when it was asked for."""
        return short(moment(refill.created_at))

    @admin.display(description="ended")
    def ended(self, refill: Refill) -> SafeString:
        """Return when it ended."""
        return short(moment(refill.ended_at))


def _history(refill: Refill) -> Any:
    return history_table(history("refill", refill.pk)[:LATEST], "refill", refill.pk)
