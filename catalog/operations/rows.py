"""Writing one row by the operator's word, with the event that says what was changed, from what, and by whom."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Model

import events.operations
from kit.money import wire

IMPORTED = {"seen"}  # written by the import alone; empty where a source was attached by hand
LISTS = {"services", "categories"}  # of a coupon: what it is for

Row = TypeVar("Row", bound=Model)
About = tuple[str, int]


def add(row: Row, actor: str, *, about: About | None = None, lists: dict[str, Any] | None = None) -> Row:
    """Keep a new row.

    :param about: whose history it goes into; by default the row's own.
    :param lists: its many-to-many fields.
    :raises ValidationError: where a field cannot be kept.
    """
    row.full_clean(exclude=IMPORTED)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            _set_lists(row, lists or {})
            record("added", row, actor, {"name": str(row)}, about)
    except IntegrityError as error:
        raise ValidationError("Somebody else has added it at this moment: look again.") from error
    return row


def change(
    model: type[Row],
    row_id: object,
    actor: str,
    changes: dict[str, Any],
    *,
    about: About | None = None,
    reason: str = "",
) -> Row:
    """Change a row's fields, and write no other ones: an import that runs beside it keeps what it has just brought.

    :raises ValidationError: where a field cannot be kept. Nothing was changed then.
    """
    with transaction.atomic():
        row = locked(model, row_id)
        before = told(row, changes)
        for field, value in changes.items():
            if field not in LISTS:
                setattr(row, field, value)
        row.full_clean(exclude=IMPORTED)
        _set_lists(row, {field: value for field, value in changes.items() if field in LISTS})
        after = told(row, changes)
        changed = {field: [before[field], after[field]] for field in changes if before[field] != after[field]}
        if changed:
            row.save(update_fields=[field for field in changed if field not in LISTS])
            record("changed", row, actor, {"changed": changed}, about, reason)
    return row


def remove(row: Model, actor: str, reason: str, *, about: About) -> None:
    """Delete a row that nothing refers to; its history keeps what it was."""
    with transaction.atomic():
        record("removed", row, actor, {"name": str(row)}, about, reason)
        row.delete()


def locked(model: type[Row], row_id: object) -> Row:
    """Return the row, held until the caller's transaction ends; placing an order takes no such lock."""
    return model._default_manager.select_for_update(of=("self",), no_key=True).get(pk=row_id)


def told(row: Model, fields: Iterable[str]) -> dict[str, Any]:
    """Return the fields as an event keeps them: plain JSON, a foreign key by its number."""
    return {field: _plain(row, field) for field in fields}


def record(
    what: str, row: Model, actor: str, data: dict[str, Any], about: About | None = None, reason: str = ""
) -> None:
    """Write down what was done to the row."""
    name = row._meta.verbose_name or ""
    kind = f"{str(name).replace(' ', '_')}.{what}"
    subject, subject_id = about or (str(name), row.pk)
    events.operations.record(kind=kind, subject=subject, subject_id=subject_id, data=data, actor=actor, reason=reason)


def _set_lists(row: Model, lists: dict[str, Any]) -> None:
    for field, value in lists.items():
        getattr(row, field).set(value)


def _plain(row: Model, field: str) -> Any:
    if field in LISTS:
        return sorted(getattr(row, field).values_list("pk", flat=True))
    value = row.serializable_value(field)
    if isinstance(value, Decimal):
        return wire(value)
    return value.isoformat() if isinstance(value, datetime) else value
