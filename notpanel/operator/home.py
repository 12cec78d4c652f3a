"""The operator's first page: what waits for a decision, found by small indexes."""

from typing import Any

from django.http import HttpRequest
from django.utils.timesince import timesince

import catalog.queries
import orders.queries
import orders.refill_queries
from kit import clock
from kit.screens import Table, link, list_link, moment
from orders.admin.purchases import sent
from providers.models import Provider

SHOWN = 20


def what_needs_you(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the tables of the first page to its context."""
    tables = [table for table in (_stopped(), _unknown(), _refills(), _failing()) if table.rows]
    return context | {"tables": tables}


def unknown_count(request: HttpRequest) -> str:
    """Return how many purchases wait for a decision, for the menu."""
    count = orders.queries.undecided().order_by()[: SHOWN + 1].count()
    return f"{SHOWN}+" if count > SHOWN else str(count)


def _stopped() -> Table:
    return Table(
        title="New orders are stopped",
        headers=["For", "Since", "What resellers are told"],
        rows=[
            [
                link(each.service or each.provider or "the whole panel", "catalog_stop_change", each.pk),
                moment(each.since),
                each.text,
            ]
            for each in catalog.queries.stops()[:SHOWN]
        ],
        more=list_link("All stops", "catalog_stop_changelist"),
    )


def _unknown() -> Table:
    return Table(
        title="Purchases of which nobody knows whether they were placed",
        headers=["Purchase", "Order", "Provider", "Sent", "At", "The provider's answer"],
        rows=[
            [
                link(each.pk, "orders_unknownpurchase_change", each.pk),
                link(each.order, "orders_order_change", each.order_id),
                link(each.provider, "providers_provider_change", each.provider_id),
                sent(each),
                moment(each.claimed_at),
                each.answer,
            ]
            for each in orders.queries.undecided()[:SHOWN]
        ],
        more=list_link("All of them", "orders_unknownpurchase_changelist"),
    )


def _refills() -> Table:
    return Table(
        title="Refills that are yours to decide",
        headers=["Refill", "Order", "Status", "Asked for"],
        rows=[
            [
                link(each, "orders_refill_change", each.pk),
                link(each.order, "orders_order_change", each.order_id),
                each.status,
                moment(each.created_at),
            ]
            for each in orders.refill_queries.to_decide().select_related("order").order_by("id")[:SHOWN]
        ],
        more=list_link("All of them", "orders_refill_changelist", yours="yes"),
    )


def _failing() -> Table:
    failing = Provider.objects.filter(failing_since__isnull=False).order_by("failing_since")
    return Table(
        title="Providers that cannot serve us",
        headers=["Provider", "For", "Why"],
        rows=[
            [
                link(each, "providers_provider_change", each.pk),
                timesince(each.failing_since, clock.now()) if each.failing_since else "",
                each.failure,
            ]
            for each in failing[:SHOWN]
        ],
    )
