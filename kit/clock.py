"""The one place time comes from, so that a test can hold it still."""

import time
from datetime import UTC, datetime


def timestamp() -> float:
    """Return the seconds since 1970 as a float."""
    return time.time()


def milliseconds() -> int:
    """Return the whole milliseconds since 1970."""
    return int(timestamp() * 1000)


def now() -> datetime:
    """Return the current moment, aware, in UTC."""
    return datetime.fromtimestamp(timestamp(), UTC)
