"""The operator's screen of where services are bought."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from catalog.admin.screens import CatalogScreen, say_unpriced
from catalog.models import Source
from kit.screens import dollars, moment


@admin.register(Source)
class SourceAdmin(CatalogScreen):
    """Where services are bought."""

    list_display = ["service", "provider", "remote_id", "priority", "costs", "active", "last_seen"]
    list_select_related = ["service", "provider"]
    list_filter = ["active", "provider"]
    ordering = ["service_id", "priority", "id"]
    search_fields = ["remote_id"]
    search_help_text = "the provider's own id, whole"
    autocomplete_fields = ["service"]
    readonly_fields = ["switched_off", "last_seen", "said"]

    def get_fields(self, request: HttpRequest, obj: Source | None = None) -> list[Any]:
        """Return the form's fields; what the provider said appears once there is a source."""
        return [
            "service",
            "provider",
            "remote_id",
            "priority",
            ("cost", "currency"),
            "own_dripfeed",
            "active",
            *(self.readonly_fields if obj else []),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> list[str]:
        """Return what stays as it is: orders were placed upstream by service, provider and id."""
        return [*self.readonly_fields, *(["service", "provider", "remote_id"] if obj else [])]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save it, and say where its service's rate cannot follow from its cost."""
        super().save_model(request, obj, form, change)
        say_unpriced(request, obj.service_id)

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any]:
        """Find by the provider's id."""
        return rows.filter(remote_id=term)

    @admin.display(description="cost", ordering="cost")
    def costs(self, source: Source) -> str:
        """Return what the provider takes."""
        return f"{dollars(source.cost)} {source.currency}"

    @admin.display(description="seen", ordering="seen_at")
    def last_seen(self, source: Source) -> str:
        """Return when the provider last listed it."""
        return moment(source.seen_at) or "never"

    @admin.display(description="switched off by the sync")
    def switched_off(self, source: Source) -> str:
        """Return why the sync has switched it off, where it has."""
        return source.get_off_because_display() or "no"

    @admin.display(description="the provider's last word")
    def said(self, source: Source) -> str:
        """Return what the provider said of it, in a line."""
        said = source.seen.get("said", {})
        return ", ".join(f"{name}: {value}" for name, value in said.items())
