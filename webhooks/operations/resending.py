"""Sending again what was delivered or given up: the whole schedule anew, with the same id and the same bytes."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import connection, transaction

import events.operations
from kit import clock
from kit.nudge import nudge
from kit.transitions import change_if
from webhooks.models import Delivery, Endpoint
from webhooks.operations.fanning_out import DISPATCH
from webhooks.queries import IS_OPEN
from webhooks.states import DeliveryState, may_become

AT_ONCE = 1000  # deliveries, in a transaction of their own

# The endpoint is held while its deliveries are put back, so that none is put behind the back of whoever disables or
# removes it. What a worker has in hand is passed over: waiting for it while holding the endpoint could be for ever.
OPEN = f"""
WITH open AS MATERIALIZED (
    SELECT e.id FROM webhooks_endpoint e JOIN accounts_apikey k ON k.id = e.api_key_id
    WHERE e.id = %(endpoint)s AND {IS_OPEN}
    FOR SHARE OF e
)
"""  # noqa: S608 -- all are constants
SEND_AGAIN = f"""{OPEN}, mine AS (
    SELECT d.id, d.state FROM webhooks_delivery d JOIN open ON open.id = d.endpoint_id
    WHERE d.id = %(delivery)s AND d.state = ANY(%(may)s) AND (d.claimed_until IS NULL OR d.claimed_until <= %(now)s)
    FOR UPDATE OF d SKIP LOCKED
)
UPDATE webhooks_delivery d
SET state = 'due', due_at = %(now)s, ended_at = NULL, tries = CASE WHEN d.state = 'due' THEN d.tries ELSE 0 END,
    sent_again_at = CASE WHEN d.state = 'due' THEN d.sent_again_at ELSE %(now)s END
FROM mine WHERE d.id = mine.id RETURNING mine.state
"""  # noqa: S608 -- all are constants
SEND_FAILED_AGAIN = f"""{OPEN}, mine AS (
    SELECT d.id FROM webhooks_delivery d JOIN open ON open.id = d.endpoint_id
    WHERE d.endpoint_id = %(endpoint)s AND d.state = 'failed' AND d.id > %(after)s AND d.made_at >= %(since)s
    ORDER BY d.id LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED
)
UPDATE webhooks_delivery d SET state = 'due', due_at = %(now)s, ended_at = NULL, tries = 0, sent_again_at = %(now)s
FROM mine WHERE d.id = mine.id RETURNING d.id
"""  # noqa: S608


class CannotSend(Exception):
    """Nothing can be sent there."""


class EndpointRemoved(CannotSend):
    """The endpoint is no more."""


class KeyEnded(CannotSend):
    """The endpoint's API key is revoked or has expired."""


class EndpointDisabled(CannotSend):
    """The endpoint is disabled."""


class DeliveryDropped(CannotSend):
    """The delivery was dropped, which is its end."""


class BeingSent(CannotSend):
    """A worker has the delivery in its hands."""


@transaction.atomic
def send_again(*, delivery_id: int, actor: str, reason: str = "") -> None:
    """Have a delivery sent now: one that has ended with its whole schedule before it, one that waits without waiting.

    :raises EndpointRemoved: :raises KeyEnded: where nothing is ever sent there again.
    :raises EndpointDisabled: until it is enabled.
    :raises DeliveryDropped: where it was dropped with its endpoint or key.
    :raises BeingSent: while a worker has it.
    """
    delivery = Delivery.objects.select_related("endpoint", "event").get(pk=delivery_id)
    now = clock.now()
    given = {"delivery": delivery_id, "endpoint": delivery.endpoint_id, "now": now}
    row = change_if(SEND_AGAIN, given | {"may": may_become(DeliveryState.DUE)})
    if row is None:
        _refuse(delivery.endpoint_id)
        delivery.refresh_from_db(fields=["state"])
        if delivery.state == DeliveryState.DROPPED:
            raise DeliveryDropped("it was dropped when its endpoint was removed or its API key revoked")
        raise BeingSent("it is being sent at this moment: look again in a minute")
    told = {"delivery": delivery_id, "event": delivery.event.kind, "was": row[0]}
    _record(delivery.endpoint, told, actor, reason)
    nudge(DISPATCH)


def resend_failed(
    *,
    endpoint_id: int,
    since: datetime,
    actor: str,
    reason: str = "",
    progress: Callable[[int], None] = lambda done: None,
) -> int:
    """Have every delivery that failed, of those made since then, sent now; return how many. Safe to repeat.

    Call it outside a transaction: each AT_ONCE of them are committed by themselves, with their event.

    :param progress: is called with how many it has been so far.
    :raises EndpointRemoved: :raises KeyEnded: :raises EndpointDisabled: where nothing can be sent there (any more).
    """
    endpoint = Endpoint.objects.get(pk=endpoint_id)
    done, after, found = 0, 0, AT_ONCE
    while found == AT_ONCE:
        batch = _resend_some(endpoint, since, after, actor, reason)
        found, after = len(batch), max(batch, default=0)
        done += found
        progress(done)
    return done


@transaction.atomic
def _resend_some(endpoint: Endpoint, since: datetime, after: int, actor: str, reason: str) -> list[int]:
    now = clock.now()
    given: dict[str, Any] = {"endpoint": endpoint.pk, "since": since, "after": after, "now": now, "most": AT_ONCE}
    with connection.cursor() as cursor:
        cursor.execute(SEND_FAILED_AGAIN, given)
        batch = [delivery for (delivery,) in cursor.fetchall()]
    if not batch:
        _refuse(endpoint.pk)
        return []
    _record(endpoint, {"count": len(batch), "since": since.isoformat(timespec="seconds")}, actor, reason)
    nudge(DISPATCH)
    return batch


def _refuse(endpoint_id: int) -> None:
    """Say what keeps anything from being sent there, if something does."""
    endpoint = Endpoint.objects.select_related("api_key").get(pk=endpoint_id)
    if endpoint.removed_at is not None:
        raise EndpointRemoved("the endpoint was removed: nothing is sent there any more")
    if endpoint.api_key.has_ended:
        raise KeyEnded("the endpoint's API key is revoked or has expired: nothing is sent there any more")
    if endpoint.disabled_at is not None:
        raise EndpointDisabled(f"the endpoint is disabled ({endpoint.get_disabled_because_display()}): enable it first")


def _record(endpoint: Endpoint, data: dict[str, Any], actor: str, reason: str) -> None:
    events.operations.record(
        kind="webhook.resent",
        subject="webhook",
        subject_id=endpoint.pk,
        account_id=endpoint.account_id,
        data={"webhook": endpoint.shown_id, **data},
        actor=actor,
        reason=reason,
    )
