"""A contested change is one conditional statement: exactly one row, or the caller's error."""

from collections.abc import Mapping
from typing import Any

from django.db import connection


def change_one(sql: str, params: Mapping[str, Any], otherwise: Exception) -> tuple[Any, ...]:
    """Run an `UPDATE … WHERE <what must be true> RETURNING …` and return its one row.

    Two callers that want the same row meet at its lock; the second finds the condition false.

    :raises otherwise: where no row met the condition. Nothing was changed then.
    """
    row = change_if(sql, params)
    if row is None:
        raise otherwise
    return row


def change_if(sql: str, params: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """Run the same kind of statement where losing is an ordinary outcome; return the row or None."""
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
