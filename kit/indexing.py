"""Indexes that are made while the table is in use, by a migration that may be interrupted and begun anew."""

from typing import Any

from django.contrib.postgres.operations import AddIndexConcurrently

STANDS = "SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(%s)"


class AddIndexOnce(AddIndexConcurrently):
    """Make the index, unless it is there; what an interrupted try left, which serves nobody, is dropped first."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Make it."""
        name = schema_editor.quote_name(self.index.name)
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(STANDS, [name])
            row = cursor.fetchone()
        if row == (True,):
            return
        if row is not None:
            schema_editor.execute(f"DROP INDEX CONCURRENTLY {name}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)
