"""Reading what is on its way to endpoints, what failed, and what became of endpoints by themselves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from kit import clock, ids
from webhooks.models import Delivery, Endpoint
from webhooks.states import BY_ITSELF, DeliveryState

LATE = timedelta(minutes=5)

# An endpoint that rests, or where some of its deliveries are being sent at this moment, has the others wait rightly.
WAITING_TOO_LONG = """
SELECT count(*), min(d.due_at) FROM webhooks_delivery d JOIN webhooks_endpoint e ON e.id = d.endpoint_id
WHERE d.state = 'due' AND d.due_at < %(before)s AND (e.resting_until IS NULL OR e.resting_until < %(before)s)
  AND NOT EXISTS (
    SELECT 1 FROM webhooks_delivery held
    WHERE held.endpoint_id = d.endpoint_id AND held.state = 'due' AND held.claimed_until > %(now)s
  )
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many deliveries nobody sends though they are due, and since when the oldest of them is."""

    count: int
    since: datetime | None


def waiting_too_long() -> Waiting:
    """Return what has been due for over five minutes and that no worker has taken."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(WAITING_TOO_LONG, {"now": now, "before": now - LATE})
        return Waiting(*cursor.fetchone())


def failed(endpoint_id: int, since: datetime) -> QuerySet[Delivery]:
    """Return the endpoint's deliveries that failed, of those made since then."""
    return Delivery.objects.filter(endpoint_id=endpoint_id, state=DeliveryState.FAILED, made_at__gte=since)


def disabled_by_themselves(since: datetime) -> QuerySet[Endpoint]:
    """Return the endpoints that were disabled since then, by nobody's word, and are still there."""
    return Endpoint.objects.filter(disabled_at__gte=since, removed_at__isnull=True, disabled_because__in=BY_ITSELF)


def live_endpoints() -> list[tuple[int, str]]:
    """Return id and public id (`whk_…`) of every endpoint that was not removed, in the order they were added."""
    rows = Endpoint.objects.filter(removed_at__isnull=True).order_by("id").values_list("id", "public_id")
    return [(endpoint_id, ids.shown("whk", public_id)) for endpoint_id, public_id in rows]
