"""How facts are written, by dialect. The dialects are the API's, which stands to the right: it registers them here."""

from collections.abc import Callable, Mapping
from typing import Any

import orjson

from events.models import Event
from webhooks.facts import Facts
from webhooks.models import LARGEST_BODY

Writer = Callable[[Facts], Mapping[str, Any]]
_writers: dict[str, Writer] = {}


class BodyTooLarge(Exception):
    """What is to be told takes LARGEST_BODY bytes or more."""


def register(dialect: str, write: Writer) -> None:
    """Have the facts of this dialect's endpoints written by this function."""
    _writers[dialect] = write


def body(event: Event, facts: Facts, dialect: str) -> str:
    """Return what is sent: `{"type", "timestamp", "data"}`, the timestamp that of the event, in UTC.

    :raises BodyTooLarge: at LARGEST_BODY bytes.
    Source: Standard Webhooks 1.0.0, Payload structure and Payload size.
    """
    data = _writers[dialect](facts)
    at = event.at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    written = orjson.dumps({"type": event.kind, "timestamp": at, "data": data})
    if len(written) >= LARGEST_BODY:
        raise BodyTooLarge(f"{len(written)} bytes")
    return written.decode()
