"""The operator's screens of the catalogue; every edit is an operation that writes down what was changed."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString

from catalog import operations
from catalog.models import Category, Service, Source
from events.admin import history_table
from events.queries import history
from kit.screens import Screen, Table, dollars, link, list_link, moment, whole_number

LATEST = 20


class CatalogScreen(Screen):
    """A screen whose form is saved by the catalogue's operations, with the row's history below it."""

    refusals = (ValidationError,)
    change_form_outer_after_template = "kit/tables.html"

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form with what else belongs to the row."""
        number = whole_number(object_id)
        tables = [] if number is None else self.tables(number)
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "tables": tables})  # type: ignore[no-any-return]

    def tables(self, row_id: int) -> list[Table]:
        """Return what is shown below the form."""
        subject = self.opts.model_name
        return [history_table(history(subject, row_id).reverse()[:LATEST], subject, row_id)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save what was changed by the operation, in the operator's name."""
        name, actor = self.opts.model_name, request.user.get_username()
        if change:
            changes = {field: form.cleaned_data[field] for field in form.changed_data}
            getattr(operations, f"change_{name}")(**{f"{name}_id": obj.pk}, actor=actor, **changes)
        else:
            obj.pk = getattr(operations, f"add_{name}")(actor=actor, **form.cleaned_data).pk


@admin.register(Category)
class CategoryAdmin(CatalogScreen):
    """The headings, in the order resellers see them."""

    list_display = ["name", "position", "active", "services"]
    list_filter = ["active"]
    search_fields = ["name"]
    fields = ["name", "position", "active"]

    @admin.display(description="services")
    def services(self, category: Category) -> SafeString:
        """Return a link to its services."""
        return list_link("Services", "catalog_service_changelist", category=category.pk)


@admin.register(Service)
class ServiceAdmin(CatalogScreen):
    """What is sold. Drip-feed is not offered in the form until orders can be delivered in runs."""

    list_display = ["number", "name", "category", "type", "price", "min", "max", "refill", "cancel", "active"]
    list_display_links = ["number", "name"]
    list_select_related = ["category"]
    list_filter = ["active", "type"]
    search_fields = ["name"]
    search_help_text = "part of a name, or a service's number"
    fields = [
        *("category", "name", "description", "type", "rate", "min", "max", "refill", "cancel", "average_time"),
        *("active", "position"),
    ]

    def find(self, rows: QuerySet[Any], term: str) -> QuerySet[Any] | None:
        """Find by the number; names are left to Django: the catalogue is not the table that grows for ever."""
        number = whole_number(term)
        return None if number is None else rows.filter(pk=number)

    def tables(self, row_id: int) -> list[Table]:
        """Return where the service is bought, and what happened to it."""
        sources = Source.objects.filter(service_id=row_id).select_related("provider")
        bought = Table(
            title="Where it is bought",
            headers=["Provider", "Its id there", "Cost", "Priority", "Active", "Seen"],
            rows=[
                [
                    link(each.provider, "catalog_source_change", each.pk),
                    each.remote_id,
                    f"{dollars(each.cost)} {each.currency}",
                    each.priority,
                    "yes" if each.active else "no",
                    moment(each.seen_at),
                ]
                for each in sources
            ],
            more=list_link("Add a source", "catalog_source_add", service=row_id),
        )
        return [bought, *super().tables(row_id)]

    @admin.display(description="id", ordering="id")
    def number(self, service: Service) -> int:
        """Return what resellers order it by."""
        return service.pk

    @admin.display(description="rate, USD", ordering="rate")
    def price(self, service: Service) -> str:
        """Return the rate before any discount."""
        return dollars(service.rate)


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
    readonly_fields = ["last_seen", "said"]

    def get_fields(self, request: HttpRequest, obj: Source | None = None) -> list[str]:
        """Return the form's fields; what the provider said appears once there is a source."""
        return [
            "service",
            "provider",
            "remote_id",
            "priority",
            "cost",
            "active",
            *(self.readonly_fields if obj else []),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Source | None = None) -> list[str]:
        """Return what stays as it is: orders were placed upstream by service, provider and id."""
        return [*self.readonly_fields, *(["service", "provider", "remote_id"] if obj else [])]

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

    @admin.display(description="the provider's last word")
    def said(self, source: Source) -> str:
        """Return what the provider said of it, in a line."""
        said = source.seen.get("said", {})
        return ", ".join(f"{name}: {value}" for name, value in said.items())
