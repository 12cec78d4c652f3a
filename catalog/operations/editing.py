"""The operator's own edits, each with an event that says what was changed, from what, and by whom."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

import events.operations
from catalog.models import Category, Service, Source
from kit.money import wire

IMPORTED = {"seen"}  # written by the import alone; empty where a source was attached by hand

Row = TypeVar("Row", Category, Service, Source)


def add_category(*, actor: str, **fields: Any) -> Category:
    """Make a heading.

    :raises ValidationError: where a field cannot be kept.
    """
    return _add(Category(**fields), actor)


def change_category(*, category_id: int, actor: str, **changes: Any) -> Category:
    """Change a heading's fields.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    return _change(Category, category_id, actor, changes)


def add_service(*, actor: str, **fields: Any) -> Service:
    """Make a service by hand; it is on sale once it has a source.

    :raises ValidationError: where a field cannot be kept.
    """
    return _add(Service(**fields), actor)


def change_service(*, service_id: int, actor: str, **changes: Any) -> Service:
    """Change a service's fields; orders that are placed keep what they were placed with.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    return _change(Service, service_id, actor, changes)


def add_source(*, actor: str, **fields: Any) -> Source:
    """Say where else a service is bought.

    :raises ValidationError: where a field cannot be kept.
    """
    return _add(Source(**fields), actor)


def change_source(*, source_id: int, actor: str, **changes: Any) -> Source:
    """Change where a service is bought.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    return _change(Source, source_id, actor, changes)


def _add(row: Row, actor: str) -> Row:
    with transaction.atomic():
        row.full_clean(exclude=IMPORTED)
        row.save(force_insert=True)
        _record("added", row, actor, {"name": str(row)})
    return row


def _change(model: type[Row], row_id: int, actor: str, changes: dict[str, Any]) -> Row:
    # Only what is to change is written: an import that runs beside it keeps the fields it has just brought.
    with transaction.atomic():
        row = model._default_manager.select_for_update(of=("self",)).get(pk=row_id)
        before = _told(row, changes)
        for field, value in changes.items():
            setattr(row, field, value)
        row.full_clean(exclude=IMPORTED)
        after = _told(row, changes)
        changed = {field: [before[field], after[field]] for field in changes if before[field] != after[field]}
        if changed:
            row.save(update_fields=list(changed))
            _record("changed", row, actor, {"changed": changed})
    return row


def _told(row: Model, fields: Iterable[str]) -> dict[str, Any]:
    """Return the fields as an event keeps them: plain JSON, a foreign key by its number."""
    values = {field: row.serializable_value(field) for field in fields}
    return {field: wire(value) if isinstance(value, Decimal) else value for field, value in values.items()}


def _record(what: str, row: Category | Service | Source, actor: str, data: dict[str, Any]) -> None:
    subject = row._meta.model_name or ""
    events.operations.record(kind=f"{subject}.{what}", subject=subject, subject_id=row.pk, data=data, actor=actor)
