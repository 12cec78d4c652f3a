"""From a fact to the outbox: a delivery for each endpoint that listens, in the transaction that writes the fact."""

import logging
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from django.db import DatabaseError

from alerts.operations import raise_alert
from events.models import Event
from kit import clock
from kit.nudge import nudge
from webhooks import dialects
from webhooks.facts import facts_of
from webhooks.kinds import KINDS, TEST
from webhooks.models import Delivery
from webhooks.queries import listening

logger = logging.getLogger(__name__)
DISPATCH = "webhooks.dispatch"
Words = TypeVar("Words")


def hear(event: Event, **kwargs: Any) -> None:
    """Write a delivery of the event for each endpoint of its account that listens now.

    A fact that cannot be put into words is logged and the operator is told of it: the order that it is about goes on.
    """
    if event.kind not in KINDS or event.kind == TEST:
        return
    endpoints = listening(event)
    if not endpoints:
        return
    facts = _or_alert(event, partial(facts_of, event))
    if facts is None:
        return
    # Each dialect by itself: a mistake in one leaves the endpoints of the others their facts.
    written = {
        dialect: _or_alert(event, partial(dialects.body, event, facts, dialect))
        for dialect in {dialect for _, dialect in endpoints}
    }
    bodies = {endpoint_id: body for endpoint_id, dialect in endpoints if (body := written[dialect]) is not None}
    if bodies:
        queue(event, bodies)


def queue(event: Event, bodies: dict[int, str]) -> list[Delivery]:
    """Put the event into the outbox, each endpoint's with its body, to be sent at once."""
    now = clock.now()
    made = Delivery.objects.bulk_create(
        Delivery(event=event, endpoint_id=endpoint_id, body=body, due_at=now, made_at=now)
        for endpoint_id, body in bodies.items()
    )
    nudge(DISPATCH)
    return made


def _or_alert(event: Event, write: Callable[[], Words]) -> Words | None:
    try:
        return write()
    except DatabaseError:
        raise  # the transaction is lost with it
    except Exception:
        logger.exception("event %s (%s) could not be written for webhooks", event.pk, event.kind)
        raise_alert(
            kind="webhooks.not_written",
            text=f"{event.kind} was not told to webhooks: it could not be written down. The log says why.",
            path="/admin/events/event/",
        )
        return None
