"""The operator's screen of services."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from catalog.admin.screens import CatalogScreen, say_unpriced
from catalog.models import Service, Source
from catalog.pricing import Basis, NoPrice, rate_steps
from catalog.queries import bases
from kit.asking import button, found
from kit.screens import Table, dollars, link, list_link, moment, whole_number


@admin.register(Service)
class ServiceAdmin(CatalogScreen):
    """What is sold."""

    list_display = ["number", "name", "category", "type", "price", "min", "max", "refill", "cancel", "active"]
    list_display_links = ["number", "name"]
    list_select_related = ["category"]
    list_filter = ["active", "type"]
    search_fields = ["name"]
    search_help_text = "part of a name, or a service's number"
    fields = [
        *("category", "name", "description", "type", "rate", ("pricing_mode", "pricing_value"), "min", "max"),
        *("refill", ("refill_days", "refill_by_hand"), "cancel", "dripfeed", "average_time", "active", "position"),
    ]
    actions_detail = ["explain_price"]

    @button("Explain a price…", "explain")
    def explain_price(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Go to the page that explains what an account pays for it."""
        service = found(self, request, object_id)
        return HttpResponseRedirect(f"{reverse('explain_price')}?{urlencode({'service': service.pk})}")

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
        return [*_pricing(row_id), bought, *super().tables(row_id)]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Save it, and say where its rate cannot follow from its cost."""
        super().save_model(request, obj, form, change)
        say_unpriced(request, obj.pk)

    @admin.display(description="id", ordering="id")
    def number(self, service: Service) -> int:
        """Return what resellers order it by."""
        return service.pk

    @admin.display(description="rate, USD", ordering="rate")
    def price(self, service: Service) -> str:
        """Return the rate before any discount."""
        return dollars(service.rate)


def _pricing(service_id: int) -> list[Table]:
    """Return how the service's rate comes about, where there is such a service."""
    service = Service.objects.filter(pk=service_id).first()
    if service is None:
        return []
    basis = bases([service]).get(service_id, Basis())
    steps = rate_steps(service.type, service.rate, basis)
    rows = [[each["step"], each["text"], each["amount"]] for each in steps]
    try:
        basis.rate()
    except NoPrice as error:
        rows.append(["not priced", f"It keeps its rate: {error}.", dollars(service.rate)])
    return [Table(title="How its rate comes about", headers=["Step", "How", "Amount"], rows=rows)]
