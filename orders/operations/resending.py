"""Sending again what may have been placed, where the provider knows it by its request_id: so it stands there once.

The one way in which anything is ever sent twice; docs/adr/0010-resending-what-is-unknown.md says why it is safe.
"""

from datetime import timedelta

from django.conf import settings
from django.db import connection, transaction

import events.operations
import providers.operations
from kit import clock
from kit.encryption import CannotDecrypt
from kit.nudge import nudge
from kit.transitions import change_if
from orders.models import Purchase
from orders.operations import buying
from orders.operations.buying import HAS_ROOM, SERVES, Claimed, moments
from orders.resends import STILL_ON_ITS_WAY
from providers.outcomes import NotSent, Outcome, ProviderFault, Refused, Unproven
from providers.pace import SPEND
from providers.queries import client_for

# Only to the account that was sent it before: what it is to do with an id it has never seen is to place an order.
DUE = "p.state = 'unknown' AND p.resend_at <= %(now)s AND p.provider_version = v.version"
FIRST = f"""
FROM providers_provider v CROSS JOIN LATERAL (
    SELECT p.resend_at, p.id FROM orders_purchase p WHERE p.provider_id = v.id AND {DUE}
    ORDER BY p.resend_at, p.id LIMIT 1
) first WHERE v.dialect = 'standard' AND {SERVES}
"""  # noqa: S608 -- all are constants
CLAIM = f"""
WITH chosen AS (
    SELECT v.id, v.version, v.calls_per_minute {FIRST} AND {HAS_ROOM} ORDER BY first.resend_at, first.id LIMIT 1
), spent AS (
    UPDATE providers_provider v SET {SPEND} FROM chosen
    WHERE v.id = chosen.id AND v.calls_per_minute IS NOT NULL AND {HAS_ROOM} RETURNING v.id
), mine AS (
    SELECT p.id, coalesce(p.resent_at, p.claimed_at) AS sent_before
    FROM orders_purchase p JOIN chosen v ON v.id = p.provider_id
    WHERE {DUE} AND (v.calls_per_minute IS NULL OR v.id IN (SELECT id FROM spent))
    ORDER BY p.resend_at, p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED
)
UPDATE orders_purchase p SET state = 'submitting', resend_at = NULL, resent_at = %(now)s, resends = p.resends + 1
FROM mine WHERE p.id = mine.id RETURNING p.id, mine.sent_before
"""  # noqa: S608
SOONEST = f"SELECT min(CASE WHEN {HAS_ROOM} THEN interval '0' ELSE v.next_call_at - %(ahead)s END) {FIRST}"
GIVE_UP = """
WITH over AS (
    SELECT p.id, v.dialect <> 'standard' OR v.version <> p.provider_version AS elsewhere
    FROM orders_purchase p JOIN providers_provider v ON v.id = p.provider_id
    WHERE p.resend_at IS NOT NULL
      AND (v.dialect <> 'standard' OR v.version <> p.provider_version
          OR p.claimed_at < %(since)s AND p.resend_at < %(overdue)s)
    ORDER BY p.id LIMIT %(batch)s FOR UPDATE OF p SKIP LOCKED
)
UPDATE orders_purchase p SET resend_at = NULL FROM over WHERE p.id = over.id RETURNING p.id, p.order_id, over.elsewhere
"""
BATCH = 500
OVERDUE = timedelta(hours=1)  # what the operator has sent again, however late, is given as long to be sent
MOVED = "the provider's address, key or dialect was changed since it was sent"


def soonest() -> float | None:
    """Return the seconds until the next purchase may be sent again at its provider's pace; None where none is due."""
    return buying.seconds_until(SOONEST)


def claim(busy: list[int]) -> Claimed | None:
    """Claim the next purchase to send again, and a call of its provider's pace, and commit that; None where none is.

    :param busy: ids of the providers that have enough calls under way.
    """
    now = moments()
    with transaction.atomic():
        row = change_if(CLAIM, {**now, "busy": busy})
        if row is None:
            return None
        purchase = Purchase.objects.select_related("provider").get(pk=row[0])
        if purchase.provider.version != purchase.provider_version or purchase.claimed_at is None:
            transaction.set_rollback(True)  # it was changed at this moment: the sweep gives the purchase up
            return None
    return Claimed(
        id=purchase.pk,
        order_id=purchase.order_id,
        provider_id=purchase.provider_id,
        claimed_at=purchase.claimed_at,
        provider=purchase.provider,
        params=purchase.sent,
        resent_at=now["now"],
        resends=purchase.resends,
        sent_before=row[1],
        asked_to_cancel=purchase.cancel_requested_at is not None,
    )


def send(claimed: Claimed) -> Outcome:
    """Make the one call, with what was sent before. Touches no database, so that it can run in a thread of its own."""
    try:
        client = client_for(claimed.provider)
    except CannotDecrypt as error:
        return NotSent(str(error))
    if claimed.held_up:
        return NotSent(buying.HELD_UP)
    return (client.add_if_it_stands if claimed.asked_to_cancel else client.add_again)(**claimed.params)


def record(claimed: Claimed, outcome: Outcome) -> None:
    """Commit what came of the call, and what follows for the order and its money.

    An order id, or proof that none was placed, is taken as if it were the first call's. Else it stays unknown.
    """
    with transaction.atomic():
        if isinstance(outcome, NotSent):
            if buying.stay_unknown(claimed, outcome.why, outcome.answer):
                providers.operations.rest(provider_id=claimed.provider_id, why=outcome.why)
        elif isinstance(outcome, Refused | ProviderFault | Unproven) and not _counts(outcome, claimed):
            buying.stay_unknown(claimed, outcome.why, outcome.answer)
        else:
            buying.record(claimed, outcome)


def give_up() -> int:
    """Leave to the operator what was sent again for HOLD_HOURS, and what the provider no longer knows us by.

    Return how many, BATCH at most; the next sweep goes on.
    """
    now = clock.now()
    moments = {"since": now - timedelta(hours=settings.HOLD_HOURS), "overdue": now - OVERDUE}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(GIVE_UP, {**moments, "batch": BATCH})
        given_up = cursor.fetchall()
        for purchase, order, elsewhere in given_up:
            why = MOVED if elsewhere else f"nothing was learnt of it for {settings.HOLD_HOURS} hours"
            data = {"purchase": purchase, "why": why}
            events.operations.record(kind="purchase.left_to_operator", subject="order", subject_id=order, data=data)
        if given_up:
            nudge("orders.watch")
    return len(given_up)


def _counts(refusal: Outcome, claimed: Claimed) -> bool:
    """Return whether the refusal proves that nothing was placed, and nothing sent before it can arrive after it."""
    if isinstance(refusal, Unproven) or claimed.sent_before is None:
        return False
    return clock.now() - claimed.sent_before >= STILL_ON_ITS_WAY
