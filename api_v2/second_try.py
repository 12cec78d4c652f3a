"""PostgreSQL may be restarted under a running panel; a request that meets that is answered over a new connection."""

from collections.abc import Callable
from typing import TypeVar

from django.db import connection

from kit.outages import MAY_BE_AWAY, waited_too_long

T = TypeVar("T")


def trust_connection() -> None:
    """Use this thread's connection without asking first whether it is alive: that would be a statement each time.

    The second try stands in for that.
    """
    if connection.connection is not None:
        connection.health_check_done = True  # type: ignore[attr-defined]


def with_second_try(ask: Callable[[], T], again: Callable[[], T] | None = None) -> T:
    """Return what `ask` returns; where the connection was lost over it, what `again` (or it) returns over a new one.

    For work that may be done again: reads, and writes that find what they wrote before.
    """
    before = connection.connection
    try:
        return ask()
    except MAY_BE_AWAY as error:
        # What waited too long would keep us waiting as long again.
        if waited_too_long(error) or not _was_lost(before):
            raise
        connection.close()
        return (again or ask)()


def _was_lost(before: object) -> bool:
    # At the end of a transaction Django has put a new connection in the lost one's place by itself.
    same = connection.connection is not None and connection.connection is before
    return not (same and connection.is_usable())
