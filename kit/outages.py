"""What a failed statement says of PostgreSQL: that it is away, or that something there took too long."""

import psycopg.errors
from django.db import InterfaceError, OperationalError

MAY_BE_AWAY = (OperationalError, InterfaceError)
WAITED_TOO_LONG = (psycopg.errors.LockNotAvailable, psycopg.errors.QueryCanceled)


def waited_too_long(error: BaseException) -> bool:
    """Return whether the statement ran into lock_timeout or statement_timeout: it answers, but not this."""
    return isinstance(error.__cause__, WAITED_TOO_LONG)


def is_away(error: BaseException) -> bool:
    """Return whether PostgreSQL is not answering, so that whatever is asked next would fail too."""
    return isinstance(error, MAY_BE_AWAY) and not waited_too_long(error)
