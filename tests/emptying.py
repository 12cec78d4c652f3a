"""Emptying the database after a test that commits: the tables that have rows, and nothing that nobody changed.

Django's own way empties every table, and then makes anew what it keeps there about models and permissions, after each
of a thousand tests. And a TRUNCATE makes new files for every table and index, which costs the server a hundred times
what deleting the few rows does that most tests leave.
"""

import functools
from typing import Any

from django.db import connection, transaction

KEPT = {"django_migrations", "django_content_type", "auth_permission"}  # said by the code, not by what happens
GROWN = 256 * 1024  # bytes: from here on, its files made anew cost less than its rows


def empty_database() -> None:
    """Take away every row but what migrations know of themselves; sequences go on."""
    sizes = _tables_with_rows()
    if any(size >= GROWN for size in sizes.values()):
        _execute(f"TRUNCATE {', '.join(sizes)} CASCADE")
    elif sizes:
        _delete_all(list(sizes))


def _delete_all(tables: list[str]) -> None:
    """Delete every row, also those that a trigger keeps from being deleted: it is in force again for all others."""
    guarded = [table for table in tables if table in _tables_with_triggers()]
    with transaction.atomic():
        _execute(
            # As with TRUNCATE, whoever is still writing comes to his end first.
            f"LOCK TABLE {', '.join(tables)} IN SHARE ROW EXCLUSIVE MODE",
            *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in guarded),
            *(f"DELETE FROM {table}" for table in tables),
            "SET CONSTRAINTS ALL IMMEDIATE",  # a table whose rows are still to be looked at cannot be altered
            *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in guarded),
        )


def _tables_with_rows() -> dict[str, int]:
    """Return them with their sizes, in which the rows deleted earlier count until they are tidied away."""
    each = (
        f"SELECT '{table}', pg_relation_size('{table}') WHERE EXISTS (SELECT FROM {table})" for table in _all_tables()
    )
    return dict(_rows(" UNION ALL ".join(each)))


@functools.cache
def _all_tables() -> list[str]:
    return [connection.ops.quote_name(table) for table in sorted(set(connection.introspection.table_names()) - KEPT)]


@functools.cache
def _tables_with_triggers() -> set[str]:
    names = _rows("SELECT DISTINCT relname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE NOT tgisinternal")
    return {connection.ops.quote_name(name) for (name,) in names}


def _execute(*statements: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("; ".join(statements))


def _rows(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows
