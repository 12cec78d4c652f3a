"""Indexes that a migration makes, also where it was interrupted before."""

import pytest
from django.apps import apps
from django.db import connection
from django.db.migrations.state import ProjectState
from django.test.utils import CaptureQueriesContext

from kit.indexing import AddIndexOnce
from orders.models import Order

pytestmark = pytest.mark.django_db(transaction=True)


def made_anew() -> list[str]:
    """Run the operation for an index that is there, and return the statements that changed something."""
    index = next(each for each in Order._meta.indexes if each.name == "order_listed")
    state = ProjectState.from_apps(apps)
    operation = AddIndexOnce(model_name="order", index=index)
    with CaptureQueriesContext(connection) as seen, connection.schema_editor(atomic=False) as editor:
        operation.database_forwards("orders", editor, state, state)
    return [each["sql"] for each in seen if "INDEX" in each["sql"]]


def test_an_index_that_is_there_is_left() -> None:
    assert made_anew() == []


def test_an_index_that_is_not_there_is_made() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX order_listed")
    assert [sql.partition(" ON ")[0] for sql in made_anew()] == ['CREATE INDEX CONCURRENTLY "order_listed"']
