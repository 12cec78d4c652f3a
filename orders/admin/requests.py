"""The operator's screen of requests: which request_id stands for which order."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.utils.safestring import SafeString

from accounts.queries import account_by_email
from kit import ids
from kit.screens import Shown, link, moment, short, whole_number
from orders.models import Request


@admin.register(Request)
class RequestAdmin(Shown):
    """The requests, the latest first."""

    list_display = ["when", "account", "key", "placed"]
    list_display_links = ["when"]
    list_select_related = ["account", "order"]
    fields = ["account", "key", "placed", "when"]
    readonly_fields = ["placed", "when"]
    search_fields = ["key"]
    search_help_text = "an order's id, or an account's e-mail address and a request_id with a space between"

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the order, or by the account with its request_id."""
        number, public_id = whole_number(term), ids.parsed("ord", term)
        if number is not None:
            return rows.filter(order_id=number)
        if public_id is not None:
            return rows.filter(order__public_id=public_id)
        email, _, request_id = term.partition(" ")
        return rows.filter(account=account_by_email(email), key=f"id:{request_id.strip()}")

    @admin.display(description="when")
    def when(self, request: Request) -> SafeString:
        """Return the moment."""
        return short(moment(request.at))

    @admin.display(description="order")
    def placed(self, request: Request) -> SafeString:
        """Return a link to the order."""
        return link(request.order, "orders_order_change", request.order_id)
