"""Moving a refill's parts from state to state, and the refill after them: the one place that does."""

from typing import Any

from django.db import transaction

import events.operations
from kit import clock
from orders.models import Refill, RefillPart
from orders.refill_states import REFILL_TRANSITIONS, Part, part_may_become, refill_status
from orders.states import OPEN_REFILLS, RefillPartState, RefillStatus


def move(part_id: int, to: RefillPartState, *, only: dict[str, Any] | None = None, **fields: Any) -> bool:
    """Put the part into the state, in one conditional statement; return whether it was this caller who did.

    :param only: what must be true besides.
    :param fields: what is written with it.
    """
    may_move = RefillPart.objects.filter(pk=part_id, state__in=part_may_become(to), **(only or {}))
    return may_move.update(state=to, **fields) == 1


@transaction.atomic
def settle(refill_id: int, *, actor: str = "", reason: str = "") -> Refill:
    """Bring the refill to where its parts say it stands; in the caller's transaction, after what changed a part.

    The refill's row is locked, so that two parts that end at the same moment are looked at one after the other.
    """
    refill = Refill.objects.select_for_update(of=("self",), no_key=True).select_related("order").get(pk=refill_id)
    parts = RefillPart.objects.filter(refill_id=refill_id).values_list("state", "reported")
    status = refill_status(Part(*each) for each in parts)
    if status in REFILL_TRANSITIONS[refill.status]:
        enter(refill, status, actor=actor, reason=reason)
    return refill


def enter(refill: Refill, status: RefillStatus, *, actor: str = "", reason: str = "") -> None:
    """Write the status, whose row the caller has locked, and tell of it."""
    refill.status = status
    refill.ended_at = None if status in OPEN_REFILLS else clock.now()
    refill.save(update_fields=["status", "ended_at"])
    events.operations.record(
        kind=f"refill.{status}",
        subject="refill",
        subject_id=refill.pk,
        account_id=refill.order.account_id,
        data={"refill": refill.shown_id, "order": refill.order.shown_id, "status": str(status)},
        actor=actor,
        reason=reason,
        announce=status not in OPEN_REFILLS,
    )
