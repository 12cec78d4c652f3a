"""Writing past the code: what the database itself refuses, and by which rule."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction


@contextmanager
def refused_by(rule: str) -> Iterator[None]:
    """Expect the block to be refused by the constraint (or the trigger, whose message begins with it) of this name."""
    with pytest.raises(DatabaseError) as refusal, _checked_at_once():
        yield
    cause = refusal.value.__cause__
    assert isinstance(cause, psycopg.errors.IntegrityError | psycopg.errors.RestrictViolation), cause
    assert (cause.diag.constraint_name or (cause.diag.message_primary or "").partition(":")[0]) == rule


@contextmanager
def _checked_at_once() -> Iterator[None]:
    with transaction.atomic():
        yield
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # foreign keys from Django wait for the commit otherwise
