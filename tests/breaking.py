"""Writing past the code: what the database itself refuses, and by which rule."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import DatabaseError, transaction


@contextmanager
def refused_by(rule: str) -> Iterator[None]:
    """Expect the block to be refused by the constraint (or the trigger, whose message begins with it) of this name."""
    with pytest.raises(DatabaseError) as refusal, transaction.atomic():
        yield
        with transaction.get_connection().cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # foreign keys from Django wait for the commit otherwise
    cause = refusal.value.__cause__
    assert isinstance(cause, psycopg.errors.IntegrityError | psycopg.errors.RestrictViolation), cause
    said = cause.diag.constraint_name or (cause.diag.message_primary or "").partition(":")[0]
    assert said == rule
