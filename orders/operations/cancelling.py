"""Cancelling: what has not been sent is withdrawn and refunded at once; what is under way is asked of its provider."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

import events.operations
from catalog.models import ServiceType
from kit import clock, ids
from kit.nudge import nudge
from orders.models import IN_DOUBT, Order, Purchase
from orders.naming import among, meant
from orders.operations.moving import hold_purchases, withdraw_queued
from orders.operations.settling import settle
from orders.operations.subscriptions import ending
from orders.queries import OrderNotFound
from orders.states import OPEN, OrderStatus, PurchaseState

# It is at the provider, or may be.
ASKABLE = (PurchaseState.SUBMITTING, PurchaseState.PLACED, PurchaseState.UNKNOWN)
# It was sent, as far as anybody knows.
SENT = (PurchaseState.SUBMITTING, PurchaseState.PLACED, PurchaseState.DONE)
ASKED = Q(cancel_requested_at__isnull=False, cancel_answer="")  # and not refused since
# How an order may end that was asked to be cancelled, beside cancelled: partly delivered, or refused as it was sent.
CAME_OF_A_CANCEL = (OrderStatus.PARTIAL, OrderStatus.FAILED)
ROUNDS = 5  # a purchase moves on between two statements: once, where a buyer is at it

# In the order of their ids: two that cancel the same orders wait for each other, and neither for both.
ASK = """
WITH mine AS (
    SELECT id FROM orders_purchase
    WHERE order_id = ANY(%(orders)s)
      AND (state = ANY(%(states)s) OR state = 'submitting' AND resent_at IS NOT NULL AND 'unknown' = ANY(%(states)s))
      AND (cancel_requested_at IS NULL OR cancel_answer <> '')
    ORDER BY id FOR UPDATE
)
UPDATE orders_purchase p
SET cancel_requested_at = %(now)s, cancel_due_at = %(now)s, cancel_sent_at = NULL, cancel_answer = ''
FROM mine WHERE p.id = mine.id
RETURNING p.order_id, p.id, CASE WHEN p.resent_at IS NOT NULL AND p.state = 'submitting' THEN 'unknown' ELSE p.state END
"""


class CannotBeCanceled(Exception):
    """The order has ended, or is under way and its service does not cancel."""


class CancelPending(CannotBeCanceled):
    """Cancelling has been asked for already, and its outcome is not in."""


@dataclass(frozen=True, slots=True)
class Canceled:
    """The order is cancelled, or its provider is asked to; its status shows what comes of it."""

    order_id: int
    public_id: UUID


Outcome = Canceled | CannotBeCanceled | OrderNotFound


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order that is to be cancelled, as it was found."""

    id: int
    public_id: UUID
    type: str
    status: str
    service_cancels: bool


class Course(Enum):
    """What is to be done to cancel an order."""

    DONE = "nothing: it came of a cancel that it ended"
    ASKED = "nothing: its providers are asked already"
    REFUSE = "nothing: it has ended otherwise, or is under way and its service does not cancel"
    END = "it is a subscription, and is ended as one"
    GIVE_UP = "what is not sent is withdrawn, and what is may be asked about"


def cancel(*, account_id: int, sent: Iterable[str], actor: str = "") -> dict[str, Outcome]:
    """Cancel the account's orders of these ids; return each one's own outcome, by the id as it was sent.

    What is not sent is withdrawn and refunded at once. What is under way is asked of its provider, in one transaction
    for all orders, and nothing is refunded before the provider's word. Cancelling again does nothing more.
    """
    names = {text: name for text in sent if (name := meant("ord", text)) is not None}
    orders = _found(account_id, names.values())
    outcomes = _cancelled(sorted({each.id: each for each in orders.values()}.values(), key=lambda each: each.id), actor)
    return {
        text: outcomes[orders[name].id] if (name := names.get(text)) in orders else OrderNotFound() for text in sent
    }


def refusal(order: Order) -> CannotBeCanceled | None:
    """Return why cancelling the order now would come to nothing, or None where something would come of it; read only.

    What happens meanwhile is decided by `cancel` itself.
    """
    wanted = Wanted(order.pk, order.public_id, order.type, order.status, order.service.cancel)
    course = _course(wanted, _states([wanted]).get(order.pk, set()))
    if course is Course.ASKED or (course is Course.END and order.subscription.cancel_requested_at is not None):
        return CancelPending()
    if course not in {Course.END, Course.GIVE_UP} or (not wanted.service_cancels and _was_sent(order.pk)):
        return CannotBeCanceled()
    return None


def _found(account_id: int, names: Collection[int | UUID]) -> dict[int | UUID | None, Wanted]:
    rows = Order.objects.filter(among(names), account_id=account_id) if names else Order.objects.none()
    found: dict[int | UUID | None, Wanted] = {}
    for row in rows.values_list("id", "public_id", "type", "status", "service__cancel"):
        order = Wanted(*row)
        found[order.id] = found[order.public_id] = order
    return found


def _cancelled(orders: list[Wanted], actor: str) -> dict[int, Outcome]:
    if not orders:
        return {}
    open_ones = [each for each in orders if each.status in OPEN and each.type != ServiceType.SUBSCRIPTIONS]
    _ask_providers([each for each in open_ones if each.service_cancels], actor)
    states = _states(orders)
    return {each.id: _outcome(each, states.get(each.id, set()), actor) for each in orders}


def _outcome(order: Wanted, purchases: set[tuple[str, bool]], actor: str) -> Outcome:
    """Return what becomes of one order, given what each of its purchases is and whether it is asked to be cancelled."""
    course = _course(order, purchases)
    if course is Course.REFUSE:
        return CannotBeCanceled()
    try:
        if course is Course.END:
            _end_subscription(order, actor)
        elif course is Course.GIVE_UP:
            _give_up(order, actor)
    except CannotBeCanceled as error:
        return error
    return Canceled(order.id, order.public_id)


def _course(order: Wanted, purchases: set[tuple[str, bool]]) -> Course:
    if order.status not in OPEN:
        by_us = order.status in CAME_OF_A_CANCEL and any(asked for _, asked in purchases)
        return Course.DONE if by_us or order.status == OrderStatus.CANCELED else Course.REFUSE
    if order.type == ServiceType.SUBSCRIPTIONS:
        return Course.END
    waiting = {state for state, asked in purchases if state == PurchaseState.QUEUED or not asked}
    if waiting & {PurchaseState.QUEUED, *_askable(order)}:
        return Course.GIVE_UP
    return Course.ASKED if any(asked for _, asked in purchases) else Course.REFUSE


@transaction.atomic
def _end_subscription(order: Wanted, actor: str) -> None:
    try:
        after = ending.end(order_id=order.id, actor=actor)
    except ending.CannotEnd as error:
        raise CannotBeCanceled from error
    if after.status in OPEN and not order.service_cancels and _was_sent(order.id):
        raise CannotBeCanceled


def _states(orders: list[Wanted]) -> dict[int, set[tuple[str, bool]]]:
    states: dict[int, set[tuple[str, bool]]] = {}
    known = ("order_id", "state", "resent_at", "cancel_requested_at", "cancel_answer")
    for each in Purchase.objects.filter(order_id__in=[each.id for each in orders]).only(*known):
        state = PurchaseState.UNKNOWN if each.in_doubt else each.state
        asked = each.cancel_requested_at is not None and not each.cancel_answer
        states.setdefault(each.order_id, set()).add((state, asked))
    return states


@transaction.atomic
def _ask_providers(orders: list[Wanted], actor: str) -> None:
    """Write down that the providers are to be asked about all that is with them: three statements, however many."""
    asked = _ask([each.id for each in orders], ASKABLE) if orders else []
    _tell([each for each in orders if any(order_id == each.id for order_id, _, _ in asked)], asked, [], actor)


@transaction.atomic
def _give_up(order: Wanted, actor: str) -> None:
    """Withdraw what is queued, and refund it; ask about the rest.

    A buyer may take a purchase, and give it back, while we look: so it is done first, and undone where it may not be.

    :raises CannotBeCanceled: where something was sent and the service does not cancel. Nothing is changed then.
    """
    hold_purchases(order.id)
    withdrawn: list[int] = []
    asked: list[tuple[int, int, str]] = []
    askable = _askable(order)
    for _ in range(ROUNDS):
        withdrawn += withdraw_queued(order.id, clock.now())
        asked += _ask([order.id], askable)
        if not _left(order.id, askable):
            break
    if not order.service_cancels and _was_sent(order.id):
        raise CannotBeCanceled
    if withdrawn or asked:
        _tell([order], asked, withdrawn, actor)
    if withdrawn:
        settle(order.id, actor=actor)


def _askable(order: Wanted) -> tuple[PurchaseState, ...]:
    """Return what a provider can be asked about; what nobody knows about is shown to the operator, whoever sells it."""
    return ASKABLE if order.service_cancels else (PurchaseState.UNKNOWN,)


def _ask(orders: list[int], states: Iterable[str]) -> list[tuple[int, int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(ASK, {"orders": orders, "states": [str(each) for each in states], "now": clock.now()})
        return [(order, purchase, state) for order, purchase, state in cursor.fetchall()]


def _left(order_id: int, askable: Iterable[str]) -> bool:
    rows, states = Purchase.objects.filter(order_id=order_id), list(askable)
    may_be_there = Q(state__in=states) | (IN_DOUBT if PurchaseState.UNKNOWN in states else Q())
    return rows.filter(Q(state=PurchaseState.QUEUED) | (may_be_there & ~ASKED)).exists()


def _was_sent(order_id: int) -> bool:
    rows = Purchase.objects.filter(order_id=order_id)
    given_up_by_the_operator = Q(state=PurchaseState.WITHDRAWN, cancel_requested_at__isnull=True)
    return rows.filter((Q(state__in=SENT) & ~IN_DOUBT) | given_up_by_the_operator).exists()


def _tell(orders: list[Wanted], asked: list[tuple[int, int, str]], withdrawn: list[int], actor: str) -> None:
    """Write it into each order's history; a purchase nobody knows about is the operator's to look at."""
    if not orders:
        return
    told: dict[int, dict[str, Any]] = {
        each.id: {"order": ids.shown("ord", each.public_id), "asked": [], "unknown": [], "withdrawn": withdrawn}
        for each in orders
    }
    for order_id, purchase, state in asked:
        told[order_id]["unknown" if state == PurchaseState.UNKNOWN else "asked"].append(purchase)
    events.operations.record_each(kind="order.cancel_requested", subject="order", data=told, actor=actor)
    nudge("orders.cancel_due")
