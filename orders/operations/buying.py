"""Buying upstream, at most once: the claim is committed, then the call is made, then its outcome is committed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import singledispatch

from django.conf import settings
from django.db import IntegrityError, transaction

import events.operations
import providers.operations
from kit import clock
from kit.encryption import CannotDecrypt
from kit.transitions import change_if
from orders.forwarding import parameters
from orders.models import Purchase
from orders.operations.moving import move
from orders.operations.settling import settle
from orders.states import PurchaseState
from providers.models import Provider
from providers.outcomes import NotSent, Outcome, Placed, ProviderFault, Refused, Unknown
from providers.queries import client_for

TRY_AGAIN_AFTER = timedelta(seconds=2)

# Due, and of a provider that is neither paused nor resting nor has enough calls under way. One that takes no orders is
# tried with one at a time; what has been tried goes behind what has not (its due_at was put off).
DUE = """
SELECT p.id FROM orders_purchase p JOIN providers_provider v ON v.id = p.provider_id
WHERE p.state = 'queued' AND p.due_at <= %(now)s AND p.provider_id <> ALL(%(busy)s)
  AND v.active AND (v.ask_again_at IS NULL OR v.ask_again_at <= %(now)s)
  AND (v.failing_at <> 'add' OR NOT EXISTS (
      SELECT FROM orders_purchase tried WHERE tried.provider_id = v.id AND tried.state = 'submitting'))
ORDER BY p.due_at, p.id LIMIT 1
"""
CLAIM = f"""
UPDATE orders_purchase SET state = 'submitting', claimed_at = %(now)s
WHERE id = ({DUE} FOR UPDATE OF p SKIP LOCKED) RETURNING id
"""  # noqa: S608 -- both are constants


@dataclass(frozen=True, slots=True)
class Claimed:
    """A purchase that this process alone may send, once, and what is to be sent."""

    id: int
    order_id: int
    provider_id: int
    claimed_at: datetime
    provider: Provider
    params: dict[str, str]


def waiting() -> bool:
    """Return whether there is anything to claim."""
    return change_if(DUE, {"now": clock.now(), "busy": []}) is not None


def claim(busy: list[int]) -> Claimed | None:
    """Claim the next purchase to send and commit the claim; None where there is none.

    :param busy: ids of the providers that have enough calls under way.
    """
    now = clock.now()
    with transaction.atomic():
        row = change_if(CLAIM, {"now": now, "busy": busy})
        if row is None:
            return None
        purchase = Purchase.objects.select_related("order", "source", "provider").get(pk=row[0])
        params = parameters(purchase)
        Purchase.objects.filter(pk=purchase.pk).update(sent=params)
    return Claimed(purchase.pk, purchase.order_id, purchase.provider_id, now, purchase.provider, params)


def send(claimed: Claimed) -> Outcome:
    """Make the one call. Touches no database, so that it can run in a thread of its own."""
    try:
        client = client_for(claimed.provider)
    except CannotDecrypt as error:
        return ProviderFault(str(error))
    return client.add(**claimed.params)


def record(claimed: Claimed, outcome: Outcome) -> None:
    """Commit what came of the call, and what follows for the order and its money."""
    with transaction.atomic():
        _record(outcome, claimed)


@singledispatch
def _record(outcome: Outcome, claimed: Claimed) -> None:
    raise TypeError(f"no such outcome: {outcome!r}")


@_record.register
def _(outcome: Placed, claimed: Claimed) -> None:
    due_at = clock.now() + timedelta(seconds=settings.FOLLOW_INTERVAL)
    fields = {"provider_order_id": outcome.provider_order_id, "answer": outcome.answer, "due_at": due_at}
    try:
        with transaction.atomic():
            moved = _move(claimed, PurchaseState.PLACED, **fields)
    except IntegrityError:
        why = f"the provider gave the order id {outcome.provider_order_id}, which another purchase has"
        _record(Unknown(why, outcome.answer), claimed)
        return
    if moved:
        _tell("purchase.placed", claimed, provider_order=outcome.provider_order_id)
        settle(claimed.order_id)
        providers.operations.mark_working(provider_id=claimed.provider_id)
    else:
        _contradict(outcome, claimed)


def _contradict(outcome: Placed, claimed: Claimed) -> None:
    """Tell the operator of an order that stands at the provider, though it was decided meanwhile that it does not."""
    if Purchase.objects.filter(pk=claimed.id, provider_order_id=outcome.provider_order_id).exists():
        return  # this outcome was committed before, and the word of it was lost
    _tell("purchase.contradicted", claimed, provider_order=outcome.provider_order_id, answer=outcome.answer)


@_record.register
def _(outcome: NotSent, claimed: Claimed) -> None:
    _put_off(claimed, outcome.why, outcome.why)


@_record.register
def _(outcome: ProviderFault, claimed: Claimed) -> None:
    _put_off(claimed, outcome.why, outcome.answer or outcome.why)


def _put_off(claimed: Claimed, why: str, answer: str) -> None:
    """Send it later, after what has not been tried yet; the provider rests meanwhile."""
    if _move(claimed, PurchaseState.QUEUED, answer=answer, due_at=clock.now() + TRY_AGAIN_AFTER):
        providers.operations.rest(provider_id=claimed.provider_id, why=why)


@_record.register
def _(outcome: Refused, claimed: Claimed) -> None:
    if _move(claimed, PurchaseState.REFUSED, answer=outcome.answer):
        _tell("purchase.refused", claimed, why=outcome.why)
        settle(claimed.order_id, reason=outcome.why)
        providers.operations.mark_working(provider_id=claimed.provider_id)


@_record.register
def _(outcome: Unknown, claimed: Claimed) -> None:
    if _move(claimed, PurchaseState.UNKNOWN, answer=outcome.answer or outcome.why):
        _tell("purchase.unknown", claimed, why=outcome.why)
        settle(claimed.order_id, reason=outcome.why)
        providers.operations.count_unknown(provider_id=claimed.provider_id, why=outcome.why)


def _move(claimed: Claimed, to: PurchaseState, **fields: object) -> bool:
    # The claim's moment is the token: a purchase that was swept aside meanwhile still takes what this call
    # learned, and one that was sent again is none of its business.
    return move(claimed.id, to, only={"claimed_at": claimed.claimed_at}, **fields)


def _tell(kind: str, claimed: Claimed, **data: str) -> None:
    events.operations.record(
        kind=kind,
        subject="order",
        subject_id=claimed.order_id,
        data={"purchase": claimed.id, "provider": claimed.provider_id, **data},
    )
