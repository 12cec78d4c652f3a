"""The operator's first page: what waits for a decision, found by small indexes."""

from typing import Any

from django.http import HttpRequest
from django.utils.timesince import timesince

import orders.queries
from kit import clock
from kit.screens import Table, link, list_link, moment
from orders.admin.purchases import sent
from providers.models import Provider

SHOWN = 20


def what_needs_you(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Add the tables of the first page to its context."""
    tables = [table for table in (_unknown(), _failing()) if table.rows]
    return context | {"tables": tables}


def unknown_count(request: HttpRequest) -> str:
    """Return how many purchases wait for a decision, for the menu."""
    count = orders.queries.undecided().order_by()[: SHOWN + 1].count()
    return f"{SHOWN}+" if count > SHOWN else str(count)


def _unknown() -> Table:
    return Table(
        title="Purchases of which nobody knows whether they were placed",
        headers=["Order", "Provider", "Sent", "At", "The provider's answer"],
        rows=[
            [
                link(each.order, "orders_order_change", each.order_id),
                link(each.provider, "providers_provider_change", each.provider_id),
                sent(each),
                moment(each.claimed_at),
                each.answer,
            ]
            for each in orders.queries.undecided()[:SHOWN]
        ],
        more=list_link("All of them", "orders_purchase_changelist", state="unknown"),
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
