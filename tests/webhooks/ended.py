"""Deliveries as they are after a while: in any state, tried any number of times, long ago."""

from datetime import datetime, timedelta
from typing import Any

from events.operations import record
from kit import clock
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.states import DeliveryState

BODY = '{"type":"balance.low"}'


def delivery(endpoint: Endpoint, state: str = "failed", *, ago: timedelta = timedelta(0), **fields: Any) -> Delivery:
    """Return a delivery to the endpoint that was made, and ended, so long ago."""
    return deliveries(endpoint, 1, state, ago=ago, **fields)[0]


def deliveries(
    endpoint: Endpoint, count: int, state: str = "failed", *, ago: timedelta = timedelta(0), **fields: Any
) -> list[Delivery]:
    """Return so many of them."""
    at = clock.now() - ago
    ended = None if state == DeliveryState.DUE else at
    kept: dict[str, Any] = {"made_at": at, "due_at": at, "ended_at": ended, "tries": 10, "body": BODY, **fields}
    return Delivery.objects.bulk_create(
        Delivery(event_id=_event(endpoint), endpoint=endpoint, state=state, **kept) for _ in range(count)
    )


def attempt(of: Delivery, *, ago: timedelta = timedelta(0), **fields: Any) -> Attempt:
    """Return an attempt at the delivery that was made so long ago."""
    told: dict[str, Any] = {"status": 500, "ms": 12, "excerpt": "down"} | fields
    return Attempt.objects.create(delivery=of, at=clock.now() - ago, **told)


def row(of: Delivery) -> tuple[str, int, datetime, datetime | None]:
    """Return what the database holds of it: state, tries, when it is due, when it ended."""
    now = Delivery.objects.get(pk=of.pk)
    return now.state, now.tries, now.due_at, now.ended_at


def _event(endpoint: Endpoint) -> int:
    told = record(
        kind="balance.low", subject="account", subject_id=endpoint.account_id, account_id=0, announce=True
    )  # nobody's: so that nothing else is put into the outbox
    return told.pk
