"""What the operator decides of refills: those he does by hand, and those whose provider never says how they ended."""

from datetime import timedelta

from django.db import transaction

import events.operations
from kit import clock
from orders.models import Refill, RefillPart
from orders.operations.refills.moving import enter, move, settle
from orders.states import OPEN_REFILLS, RefillPartState, RefillStatus

GIVE_UP_AFTER = timedelta(days=30)
BATCH = 500


class CannotDecideRefill(Exception):
    """The refill is not the operator's to decide; the message says why."""


def complete(*, refill_id: int, actor: str, reason: str) -> Refill:
    """Say that what was left to the operator is refilled.

    :raises CannotDecideRefill: where nothing of it is the operator's, or no reason is given.
    """
    return _decide(refill_id, RefillStatus.COMPLETED, actor, reason)


def reject(*, refill_id: int, actor: str, reason: str) -> Refill:
    """Say that what was left to the operator is not refilled.

    :raises CannotDecideRefill: where nothing of it is the operator's, or no reason is given.
    """
    return _decide(refill_id, RefillStatus.REJECTED, actor, reason)


def give_up_waiting() -> int:
    """Leave to the operator what no provider has ended for thirty days; return how many."""
    waits = RefillPart.objects.filter(
        state__in=[RefillPartState.QUEUED, RefillPartState.SENT],
        refill__created_at__lt=clock.now() - GIVE_UP_AFTER,
    )
    return sum(_give_up(*row) for row in waits.values_list("id", "refill_id")[:BATCH])


@transaction.atomic
def _give_up(part_id: int, refill_id: int) -> bool:
    moved = move(part_id, RefillPartState.STUCK)
    if moved:
        why = f"the provider has not ended it for {GIVE_UP_AFTER.days} days"
        _tell("refill.stuck", refill_id, "", why)
    return moved


@transaction.atomic
def _decide(refill_id: int, status: RefillStatus, actor: str, reason: str) -> Refill:
    reason = reason.strip()
    if not reason:
        raise CannotDecideRefill("say why: it is kept with the refill")
    refill = Refill.objects.select_for_update(of=("self",), no_key=True).select_related("order").get(pk=refill_id)
    if refill.status not in OPEN_REFILLS:
        raise CannotDecideRefill(f"this refill has ended: it is {refill.status}")
    if refill.by_hand:
        enter(refill, status, actor=actor, reason=reason)
        return refill
    stuck = RefillPart.objects.filter(refill_id=refill_id, state=RefillPartState.STUCK).values_list("id", flat=True)
    if not [each for each in stuck if move(each, RefillPartState.DONE, reported=status)]:
        raise CannotDecideRefill("its provider is being asked: only what is stuck there, or done by hand, is yours")
    _tell("refill.decided", refill_id, actor, reason, status)
    return settle(refill_id, actor=actor, reason=reason)


def _tell(kind: str, refill_id: int, actor: str, reason: str, status: str = "") -> None:
    data = {"status": str(status)} if status else {}
    events.operations.record(kind=kind, subject="refill", subject_id=refill_id, data=data, actor=actor, reason=reason)
