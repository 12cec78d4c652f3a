"""The operator's own edits, each with an event that says what was changed, from what, and by whom."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from catalog.models import Category, PricingMode, Service, Source
from catalog.operations import rows
from catalog.operations.creating import hold_services
from catalog.operations.repricing import reprice

PRICING = {"pricing_mode", "pricing_value", "category"}  # what a service's rate is made by, beside its sources
COSTING = {"cost", "currency", "priority", "active"}


def add_category(*, actor: str, **fields: Any) -> Category:
    """Make a heading.

    :raises ValidationError: where a field cannot be kept.
    """
    return rows.add(Category(**fields), actor)


def change_category(*, category_id: int, actor: str, **changes: Any) -> Category:
    """Change a heading's fields.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    return rows.change(Category, category_id, actor, changes)


def add_service(*, actor: str, **fields: Any) -> Service:
    """Make a service by hand; it is on sale once it has a source.

    :raises ValidationError: where a field cannot be kept.
    """
    return rows.add(Service(**fields), actor)


def change_service(*, service_id: int, actor: str, **changes: Any) -> Service:
    """Change a service's fields; orders that are placed keep what they were placed with.

    A rate that is written by hand is a fixed price from then on; any other price is made of the cost at once.

    :raises ValidationError: where a field cannot be kept, or no price can be made of the cost. Nothing was changed.
    """
    with transaction.atomic():
        service = rows.change(Service, service_id, actor, _priced(changes))
        if changes.keys() & PRICING:
            done = reprice(service_ids=[service_id], actor=actor, reason="the service was edited")
            if service_id in done.kept and changes.keys() & {"pricing_mode", "pricing_value"}:
                raise ValidationError({"pricing_mode": f"The rate cannot be made: {done.kept[service_id]}."})
            service.refresh_from_db(fields=["rate"])
    return service


def add_source(*, actor: str, **fields: Any) -> Source:
    """Say where else a service is bought.

    :raises ValidationError: where a field cannot be kept.
    """
    with transaction.atomic():
        source = rows.add(Source(**_spelled(fields)), actor)
        reprice(service_ids=[source.service_id], actor=actor, reason="a source was added")
    return source


def change_source(*, source_id: int, actor: str, **changes: Any) -> Source:
    """Change where a service is bought.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    if "active" in changes:
        changes["off_because"] = ""  # the operator's word ends the sync's
    with transaction.atomic():
        hold_services(Source.objects.filter(pk=source_id))
        source = rows.change(Source, source_id, actor, _spelled(changes))
        if changes.keys() & COSTING:
            reprice(service_ids=[source.service_id], actor=actor, reason="a source was changed")
    return source


def _spelled(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with the currency as exchange rates are kept."""
    return fields | {"currency": fields["currency"].strip().upper()} if "currency" in fields else fields


def _priced(changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes with what they say of the pricing made whole."""
    mode = changes.get("pricing_mode")
    if "rate" in changes and mode in {None, PricingMode.FIXED}:
        return changes | {"pricing_mode": PricingMode.FIXED, "pricing_value": None}
    if "rate" in changes:
        raise ValidationError({"rate": "A rate by hand is a fixed price: choose one or the other."})
    return changes | {"pricing_value": None} if mode in {"", PricingMode.FIXED} else changes
