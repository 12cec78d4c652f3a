"""Buying upstream, at most once: the claim is committed, then the call is made, then its outcome is committed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import singledispatch
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import OuterRef, Q, Subquery

import events.operations
import providers.operations
from catalog.models import ExchangeRate
from kit import clock, ids
from kit.encryption import CannotDecrypt
from kit.money import ZERO
from kit.transitions import change_if
from orders.forwarding import parameters
from orders.margins import expected_cost
from orders.models import IN_DOUBT, Purchase
from orders.operations.following import interval
from orders.operations.moving import move
from orders.operations.rerouting import buy_elsewhere, move_elsewhere
from orders.operations.settling import settle
from orders.operations.watching import tell_contradicted
from orders.resends import REQUEST_ID, resend_at
from orders.states import PurchaseState
from providers import faults
from providers.models import Provider
from providers.outcomes import NotSent, Outcome, Placed, ProviderFault, Refused, Unknown
from providers.pace import PACED, SPEND
from providers.queries import client_for

TRY_AGAIN_AFTER = timedelta(seconds=2)
# A process that is held up (stopped, swapped out, its machine suspended) for longer between its claim and its call does
# not call any more: the sweep may have given the claim up, and others have decided since. Less than sweeping.MARGIN.
MOST_HELD_UP = timedelta(seconds=20)
HELD_UP = "this process was held up before it could send it"
LINK_BUSY_FOR = timedelta(minutes=5)  # until a run is tried again whose link the run before it holds at the provider

# A provider `v` that may be sent orders: neither paused nor resting, with not too many calls under way. One that takes
# no orders is tried with one at a time; what has been tried goes behind what has not (its due_at was put off).
SERVES = """
v.active AND v.id <> ALL(%(busy)s) AND (v.ask_again_at IS NULL OR v.ask_again_at <= %(now)s)
  AND (v.failing_at <> 'add' OR NOT EXISTS (
      SELECT FROM orders_purchase tried WHERE tried.provider_id = v.id AND tried.state = 'submitting'))
"""
DUE = "p.state = 'queued' AND p.due_at <= %(now)s AND p.cancel_requested_at IS NULL"
# Each provider's first, by its own index: a long queue at one does not make the search for another's long.
FIRST = f"""
FROM providers_provider v CROSS JOIN LATERAL (
    SELECT p.due_at, p.id FROM orders_purchase p WHERE p.provider_id = v.id AND {DUE} ORDER BY p.due_at, p.id LIMIT 1
) first WHERE {SERVES}
"""  # noqa: S608 -- all are constants
# Orders go before questions: they may take a turn that comes only now and then puts the questions off.
AHEAD = timedelta(seconds=0.5)
HAS_ROOM = PACED.replace("%(now)s", "%(ahead)s")
CLAIM = f"""
WITH chosen AS (
    SELECT v.id, v.calls_per_minute {FIRST} AND {HAS_ROOM} ORDER BY first.due_at, first.id LIMIT 1
), spent AS (
    UPDATE providers_provider v SET {SPEND} FROM chosen
    WHERE v.id = chosen.id AND v.calls_per_minute IS NOT NULL AND {HAS_ROOM} RETURNING v.id
), mine AS (
    SELECT p.id FROM orders_purchase p
    WHERE {DUE}
      AND p.provider_id = (SELECT id FROM chosen WHERE calls_per_minute IS NULL UNION ALL SELECT id FROM spent)
    ORDER BY p.due_at, p.id LIMIT 1 FOR UPDATE OF p SKIP LOCKED
)
UPDATE orders_purchase p SET state = 'submitting', claimed_at = %(now)s FROM mine WHERE p.id = mine.id RETURNING p.id
"""  # noqa: S608
SOONEST = f"""
SELECT min(CASE WHEN {HAS_ROOM} THEN interval '0' ELSE v.next_call_at - %(ahead)s END) {FIRST}
"""
# Not before the provider's rest is over, and the later the longer it has been held: one that is never taken, whatever
# others are, must not be what is tried each time.
LATER = """
UPDATE orders_purchase SET due_at = greatest(
    %(until)s::timestamptz, %(now)s + least((%(now)s - wanted_at) / 4, interval '10 minutes'))
WHERE id = %(purchase)s AND state = 'queued' RETURNING id
"""
# Once the provider takes orders again, what it did not take is tried at once.
NOW_AGAIN = """
UPDATE orders_purchase SET due_at = %(now)s WHERE id IN (
    SELECT id FROM orders_purchase
    WHERE provider_id = %(provider)s AND state = 'queued' AND due_at > %(now)s AND answer <> ''
    FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A purchase that this process alone may send, once, and what is to be sent.

    The last four are of one that was sent before: when this is, the how manieth time, when it was sent last, and
    whether its reseller wants it no more.
    """

    id: int
    order_id: int
    provider_id: int
    claimed_at: datetime
    provider: Provider
    params: dict[str, str]
    resent_at: datetime | None = None
    resends: int = 0
    sent_before: datetime | None = None
    asked_to_cancel: bool = False

    @property
    def held_up(self) -> bool:
        """Return whether so much time has passed since the claim that it must not be sent any more."""
        return clock.now() - (self.resent_at or self.claimed_at) > MOST_HELD_UP


def soonest() -> float | None:
    """Return the seconds until the next purchase may be claimed at its provider's pace; None where nothing is due."""
    return seconds_until(SOONEST)


def seconds_until(soonest: str) -> float | None:
    """Return the seconds that this statement says there are until something may be claimed, or None."""
    row = change_if(soonest, {**moments(), "busy": []})
    return None if row is None or row[0] is None else float(row[0].total_seconds())


def claim(busy: list[int]) -> Claimed | None:
    """Claim the next purchase to send, and a call of its provider's pace, and commit that; None where there is none.

    :param busy: ids of the providers that have enough calls under way.
    """
    at = moments()
    with transaction.atomic():
        row = change_if(CLAIM, {**at, "busy": busy})
        if row is None:
            return None
        worth = ExchangeRate.objects.filter(currency=OuterRef("source__currency")).values("usd")
        purchase = (
            Purchase.objects.select_related("order", "source", "provider")
            .annotate(worth=Subquery(worth))
            .get(pk=row[0])
        )
        params = parameters(purchase) | _request_id(purchase.provider)
        first = {"provider_version": purchase.provider.version, "resent_at": None, "resends": 0}
        Purchase.objects.filter(pk=purchase.pk).update(sent=params, **first, **_expected(purchase, purchase.worth))
    return Claimed(purchase.pk, purchase.order_id, purchase.provider_id, at["now"], purchase.provider, params)


def _request_id(provider: Provider) -> dict[str, str]:
    # By chance, never by the row's number: a panel restored from a backup, or another one, may buy with this account.
    return {REQUEST_ID: ids.shown("pur", ids.new_id())} if provider.dialect == "standard" else {}


def moments() -> dict[str, Any]:
    """Return the moments that the statements of claiming are given."""
    now = clock.now()
    return {"now": now, "ahead": now + AHEAD}


def _expected(purchase: Purchase, worth: Decimal | None) -> dict[str, Any]:
    """Return what it will cost by all we know, for the books to be kept by until the provider says what it took."""
    source = purchase.source
    return {
        "cost": expected_cost(purchase.order.type, source.cost, purchase.quantity),
        "currency": source.currency,
        "exchange_rate": Decimal(1) if source.currency == "USD" else worth,
        "balance_before": purchase.provider.last_balance,
    }


def send(claimed: Claimed) -> Outcome:
    """Make the one call. Touches no database, so that it can run in a thread of its own."""
    try:
        client = client_for(claimed.provider)
    except CannotDecrypt as error:
        return ProviderFault(str(error))
    return NotSent(HELD_UP) if claimed.held_up else client.add(**claimed.params)


def record(claimed: Claimed, outcome: Outcome) -> None:
    """Commit what came of the call, and what follows for the order and its money."""
    with transaction.atomic():
        _record(outcome, claimed)


@singledispatch
def _record(outcome: Outcome, claimed: Claimed) -> None:
    raise TypeError(f"no such outcome: {outcome!r}")


@_record.register
def _(outcome: Placed, claimed: Claimed) -> None:
    due_at = clock.now() + interval()
    fields = {"provider_order_id": outcome.provider_order_id, "answer": outcome.answer, "due_at": due_at}
    try:
        with transaction.atomic():
            # Whichever sending it answers: the provider has it, under one id.
            moved = move(claimed.id, PurchaseState.PLACED, only={"claimed_at": claimed.claimed_at}, **fields)
    except IntegrityError:
        why = f"the provider gave the order id {outcome.provider_order_id}, which another purchase has"
        _become_unknown(claimed, why, outcome.answer, again=False)  # sent again, it would answer the same
        return
    if moved:
        _tell("purchase.placed", claimed, provider_order=outcome.provider_order_id, **_how_often(claimed))
        settle(claimed.order_id)
        if providers.operations.mark_working(provider_id=claimed.provider_id):
            change_if(NOW_AGAIN, {"provider": claimed.provider_id, "now": clock.now()})
    else:
        _contradict(outcome, claimed)


def _contradict(outcome: Placed, claimed: Claimed) -> None:
    """Tell the operator of an order that stands at the provider, though it was decided meanwhile that it does not."""
    if Purchase.objects.filter(pk=claimed.id, provider_order_id=outcome.provider_order_id).exists():
        return  # this outcome was committed before, and the word of it was lost
    _tell("purchase.contradicted", claimed, provider_order=outcome.provider_order_id, answer=outcome.answer)
    tell_contradicted(order_id=claimed.order_id, why=f"it has it under the id {outcome.provider_order_id}")


@_record.register
def _(outcome: NotSent, claimed: Claimed) -> None:
    _put_off(claimed, outcome.why, outcome.why)


@_record.register
def _(outcome: ProviderFault, claimed: Claimed) -> None:
    _put_off(claimed, outcome.why, outcome.answer or outcome.why)


def _put_off(claimed: Claimed, why: str, answer: str) -> None:
    """Send it to the next source; with none, later, after what has not been tried yet. The provider rests meanwhile."""
    if _move(claimed, PurchaseState.QUEUED, answer=answer, due_at=clock.now() + TRY_AGAIN_AFTER):
        _settle_resent(claimed)  # first the order, then its provider, as everybody does who holds both
        until = providers.operations.rest(provider_id=claimed.provider_id, why=why)
        change_if(LATER, {"purchase": claimed.id, "until": until, "now": clock.now()})
        move_elsewhere(purchase_id=claimed.id, why=why)


@_record.register
def _(outcome: Refused, claimed: Claimed) -> None:
    if faults.says_link_is_busy(outcome.why) and _has_another_run_there(claimed):
        # Not about this order: its own run before this one is still being delivered. HOLD_HOURS end the waiting.
        if _move(claimed, PurchaseState.QUEUED, answer=outcome.answer, due_at=clock.now() + LINK_BUSY_FOR):
            _settle_resent(claimed)
        return
    if _move(claimed, PurchaseState.REFUSED, answer=outcome.answer, cost=ZERO):
        _tell("purchase.refused", claimed, why=outcome.why)
        buy_elsewhere(purchase_id=claimed.id)
        settle(claimed.order_id, reason=outcome.why)
        providers.operations.mark_working(provider_id=claimed.provider_id)


def _settle_resent(claimed: Claimed) -> None:
    """Bring the order back to where nothing is known to have been sent: until now it was in doubt."""
    if claimed.resends:
        settle(claimed.order_id)


def _has_another_run_there(claimed: Claimed) -> bool:
    runs = Purchase.objects.filter(order_id=claimed.order_id, provider_id=claimed.provider_id).exclude(pk=claimed.id)
    return runs.filter(Q(state=PurchaseState.PLACED) | IN_DOUBT).exists()


@_record.register
def _(outcome: Unknown, claimed: Claimed) -> None:
    if _become_unknown(claimed, outcome.why, outcome.answer):
        providers.operations.count_unknown(provider_id=claimed.provider_id, why=outcome.why)


def stay_unknown(claimed: Claimed, why: str, answer: str) -> bool:
    """Note what a sending said that settles nothing: the purchase is sent again, later, or is the operator's.

    Return whether the claim was still this sending's.
    """
    return _become_unknown(claimed, why, answer)


def _become_unknown(claimed: Claimed, why: str, answer: str, *, again: bool = True) -> bool:
    now = clock.now()
    at = resend_at(sent=claimed.params, first_sent_at=claimed.claimed_at, resends=claimed.resends, now=now)
    fields = {"answer": answer or why, "resend_at": at if again else None}
    # Not what the operator has attached meanwhile: this call has learnt nothing that would speak against it.
    if not _move(claimed, PurchaseState.UNKNOWN, only={"state": PurchaseState.SUBMITTING}, **fields):
        return False
    if claimed.resent_at is None or fields["resend_at"] is None:
        _tell("purchase.unknown", claimed, why=why, **_how_often(claimed))
        settle(claimed.order_id, reason=why)
    return True


def _how_often(claimed: Claimed) -> dict[str, int]:
    return {"resends": claimed.resends} if claimed.resends else {}


def _move(claimed: Claimed, to: PurchaseState, *, only: dict[str, Any] | None = None, **fields: object) -> bool:
    # The claim's moment is the token: a purchase that was swept aside meanwhile still takes what this call
    # learned, and one that was sent again is none of its business.
    token = {"claimed_at": claimed.claimed_at, "resent_at": claimed.resent_at}
    return move(claimed.id, to, only=token | (only or {}), **fields)


def _tell(kind: str, claimed: Claimed, **data: str | int) -> None:
    events.operations.record(
        kind=kind,
        subject="order",
        subject_id=claimed.order_id,
        data={"purchase": claimed.id, "provider": claimed.provider_id, **data},
    )
