"""Claiming parts of refills to ask a provider about, up to a hundred at once: putting them off is what claims them."""

from dataclasses import dataclass

from django.conf import settings
from django.db import connection
from django.db.models import Min, QuerySet

from kit import clock
from orders.models import RefillPart
from orders.operations.turns import first_with_a_turn
from orders.states import RefillPartState
from providers.models import Provider

BATCH = 100
ANSWERED_BY = 10  # seconds beyond the time-out in which an answer has been recorded

# Each wait is twice the one before, up to an hour.
CLAIM = """
WITH due AS (
    SELECT id FROM orders_refillpart
    WHERE provider_id = %(provider)s AND state = %(state)s AND due_at <= %(now)s
    ORDER BY due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
UPDATE orders_refillpart r SET tries = r.tries + 1, claimed_at = %(now)s, due_at = %(now)s
    + least(%(shortest)s * interval '1 second' * power(2, least(r.tries, 12)), interval '1 hour')
FROM due, orders_purchase p WHERE r.id = due.id AND p.id = r.purchase_id
RETURNING r.id, r.refill_id, p.provider_order_id, r.provider_refill_id, r.reported
"""
LOOK_AGAIN = """
UPDATE orders_refillpart SET due_at = %(now)s
    + least(%(shortest)s * interval '1 second' * power(2, least(tries - 1, 12)), interval '1 hour')
WHERE id = ANY(%(parts)s) AND state = 'sent'
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A part that its provider is asked about, as it was last known."""

    id: int
    refill_id: int
    provider_order_id: str
    provider_refill_id: str
    reported: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to a hundred of one provider."""

    provider_id: int
    provider: Provider
    parts: list[Claimed]


def due(state: RefillPartState) -> QuerySet[RefillPart]:
    """Return the parts in this state that are due."""
    return RefillPart.objects.filter(state=state, due_at__lte=clock.now())


def claim(state: RefillPartState, busy: list[int], shortest: int) -> Batch | None:
    """Claim the parts of one provider, the one that waits longest among those whose pace has room; None for none.

    :param busy: ids of the providers that are being asked at this moment.
    :param shortest: seconds until they are asked about for the second time.
    """
    of = due(state).exclude(provider_id__in=busy).order_by().values("provider_id").annotate(since=Min("due_at"))
    provider_id = first_with_a_turn(of.order_by("since").values_list("provider_id", flat=True))
    if provider_id is None:
        return None
    params = {
        "provider": provider_id,
        "state": str(state),
        "now": clock.now(),
        "batch": BATCH,
        # Not while this call may still be out.
        "shortest": max(shortest, settings.PROVIDER_TIMEOUT + ANSWERED_BY),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, params)
        parts = [Claimed(*row) for row in cursor.fetchall()]
    return Batch(provider_id, Provider.objects.get(pk=provider_id), parts) if parts else None


def look_again(batch: Batch) -> None:
    """Look at what was answered again after FOLLOW_INTERVAL, and each time after twice as long, up to an hour."""
    params = {"now": clock.now(), "shortest": settings.FOLLOW_INTERVAL, "parts": [each.id for each in batch.parts]}
    with connection.cursor() as cursor:
        cursor.execute(LOOK_AGAIN, params)
