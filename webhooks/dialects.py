"""How facts are written, by dialect. The dialects are the API's, which stands to the right: it registers them here."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from events.models import Event
from webhooks.facts import Facts

Writer = Callable[[Facts], Mapping[str, Any]]
_writers: dict[str, Writer] = {}


def register(dialect: str, write: Writer) -> None:
    """Have the facts of this dialect's endpoints written by this function."""
    _writers[dialect] = write


def body(event: Event, facts: Facts, dialect: str) -> str:
    """Return what is sent: `{"type", "timestamp", "data"}`, the timestamp that of the event, in UTC.

    Source: Standard Webhooks 1.0.0, Payload structure.
    """
    data = _writers[dialect](facts)
    at = event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return orjson.dumps({"type": event.kind, "timestamp": at, "data": data}).decode()
