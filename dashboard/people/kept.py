"""Sessions are rows, looked for by what a cookie says: no cookie may say what PostgreSQL cannot read."""

from typing import Any

from django.contrib.sessions.backends.db import SessionStore as Rows


class SessionStore(Rows):
    """Django's sessions in the database; a key that Django cannot have made is none."""

    def _validate_session_key(self, key: Any) -> bool:
        return bool(super()._validate_session_key(key)) and key.isascii() and key.isalnum()  # type: ignore[misc]
