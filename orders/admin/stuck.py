"""The filter of orders that take far longer than is usual."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

import orders.queries


class StuckFilter(admin.SimpleListFilter):
    """Those that are stuck."""

    title = "stuck"
    parameter_name = "stuck"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the one choice."""
        return [("yes", "far longer than is usual")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Return the orders that are stuck, where that was chosen."""
        return queryset.filter(pk__in=orders.queries.stuck().values("pk")) if self.value() else queryset
