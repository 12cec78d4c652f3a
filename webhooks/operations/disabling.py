"""Taking an endpoint out of service, and putting it back."""

from typing import Any

from django.db import connection, transaction

import events.operations
from kit import clock, ids
from kit.nudge import nudge
from kit.transitions import change_if
from webhooks.models import Endpoint
from webhooks.states import BY_ITSELF, OWNERS_TO_END, Disabled

TELL_OWNERS = "webhooks.tell_owners"
CLOSE_UNWANTED = "webhooks.close_unwanted"
AT_ONCE = 1000  # deliveries that fail with it in the same transaction; a longer queue is ended by the clock

# The operator's word stands above what its owner could end.
DISABLE = """
UPDATE webhooks_endpoint SET disabled_at = %(now)s, disabled_because = %(because)s
WHERE id = %(endpoint)s AND removed_at IS NULL
  AND (disabled_at IS NULL OR (%(because)s = 'operator' AND disabled_because <> 'operator'))
RETURNING public_id, url, account_id
"""
FAIL = """
WITH mine AS (
    SELECT id FROM webhooks_delivery WHERE endpoint_id = %(endpoint)s AND state = 'due'
    ORDER BY due_at LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
UPDATE webhooks_delivery d
SET state = 'failed', said = 'the endpoint was disabled', ended_at = %(now)s, claimed_until = NULL
FROM mine WHERE d.id = mine.id
"""
ENABLE = """
UPDATE webhooks_endpoint SET disabled_at = NULL, disabled_because = '', failing_since = NULL, failures = 0,
    resting_until = NULL, owner_told_at = NULL, owner_claimed_at = NULL
WHERE id = %(endpoint)s AND disabled_because = ANY(%(may)s) AND removed_at IS NULL RETURNING public_id, url, account_id
"""


class DisabledByOperator(Exception):
    """The operator disabled it, and only the operator enables it."""


@transaction.atomic
def disable(*, endpoint_id: int, because: Disabled, actor: str = "", reason: str = "") -> bool:
    """Send nothing there any more, and fail what is on its way; return whether it was this caller who did.

    False: it is disabled already, or removed; the operator disables also what disabled itself or was by its owner.
    Its owner is mailed, where it disabled itself.
    """
    now = clock.now()
    row = change_if(DISABLE, {"endpoint": endpoint_id, "because": because, "now": now})
    if row is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(FAIL, {"endpoint": endpoint_id, "now": now, "most": AT_ONCE})
    _record("webhook.disabled", endpoint_id, row, actor, reason or because.label)
    nudge(CLOSE_UNWANTED)
    if because in BY_ITSELF:
        nudge(TELL_OWNERS)
    return True


@transaction.atomic
def enable(*, endpoint_id: int, actor: str = "", reason: str = "") -> bool:
    """Send there again what happens from now on, with the same secret; return whether it was this caller who did.

    False: it is enabled already, or removed. What failed while it was disabled stays failed until it is sent again.
    """
    return _enable(endpoint_id, frozenset(Disabled), actor, reason)


@transaction.atomic
def enable_own(*, endpoint_id: int, actor: str = "") -> bool:
    """Do the same by its owner's word.

    :raises DisabledByOperator: where it is the operator who disabled it.
    """
    if _enable(endpoint_id, OWNERS_TO_END, actor, ""):
        return True
    if Endpoint.objects.filter(pk=endpoint_id, disabled_because=Disabled.OPERATOR, removed_at__isnull=True).exists():
        raise DisabledByOperator("the operator disabled it: ask the operator to enable it")
    return False


def _enable(endpoint_id: int, may: frozenset[Disabled], actor: str, reason: str) -> bool:
    row = change_if(ENABLE, {"endpoint": endpoint_id, "may": sorted(may)})
    if row is None:
        return False
    _record("webhook.enabled", endpoint_id, row, actor, reason)
    return True


def _record(kind: str, endpoint_id: int, row: tuple[Any, ...], actor: str, reason: str) -> None:
    public_id, url, account_id = row
    events.operations.record(
        kind=kind,
        subject="webhook",
        subject_id=endpoint_id,
        account_id=account_id,
        data={"webhook": ids.shown("whk", public_id), "url": url},
        actor=actor,
        reason=reason,
    )
