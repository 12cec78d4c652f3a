"""Asking for a refill: what may be refilled, and the rows that have it done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, Q

import events.operations
from catalog.models import ServiceType
from kit import clock, ids
from kit.nudge import nudge
from orders.models import Order, Purchase, RefillPart
from orders.naming import among, meant
from orders.queries import OrderNotFound
from orders.states import OPEN_REFILLS, OrderStatus, PurchaseState, Run

REFILLABLE = {OrderStatus.COMPLETED, OrderStatus.PARTIAL}

# Who asks first has the order's next number; who asks at the same instant waits here, and gets no row.
INSERT = """
INSERT INTO orders_refill (public_id, order_id, number, status, by_hand, created_at)
SELECT u.public_id, u.order_id, u.number, 'pending', u.by_hand, %(now)s
FROM unnest(%(public)s::uuid[], %(orders)s::bigint[], %(numbers)s::int[], %(by_hand)s::bool[])
    AS u(public_id, order_id, number, by_hand)
ORDER BY u.order_id
ON CONFLICT DO NOTHING RETURNING id, order_id
"""


class RefillRefusal(Exception):
    """The order is not refilled."""


class RefillNotAvailable(RefillRefusal):
    """The service does not refill."""


class OrderNotCompleted(RefillRefusal):
    """The order has not been delivered, wholly or in part."""


class RefillAlreadyPending(RefillRefusal):
    """A refill of the order has not ended."""


class RefillLimitReached(RefillRefusal):
    """The order has been refilled as often as it may be."""


class RefillPeriodOver(RefillRefusal):
    """The order ended too long ago."""


@dataclass(frozen=True, slots=True)
class Requested:
    """A refill that is on its way."""

    id: int
    public_id: UUID


Outcome = Requested | RefillRefusal | OrderNotFound


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order that is to be refilled, as it was found."""

    id: int
    public_id: UUID
    account_id: int
    type: str
    status: str
    ended_at: datetime | None
    service_refills: bool
    refill_days: int | None
    by_hand: bool
    refills: int
    open_refills: int

    def refusal(self) -> RefillRefusal | None:
        """Return why it may not be refilled, or None where it may. A subscription's posts are orders of their own."""
        if not self.service_refills or self.type == ServiceType.SUBSCRIPTIONS:
            return RefillNotAvailable()
        if self.status not in REFILLABLE or self.ended_at is None:
            return OrderNotCompleted()
        if self.open_refills:
            return RefillAlreadyPending()
        if self.refills >= settings.MOST_REFILLS:
            return RefillLimitReached()
        over = self.refill_days is not None and clock.now() > self.ended_at + timedelta(days=self.refill_days)
        return RefillPeriodOver() if over else None


def request(*, account_id: int, sent: Iterable[str], actor: str = "") -> dict[str, Outcome]:
    """Have the account's orders of these ids refilled; return each one's own outcome, by the id as it was sent.

    Five statements in all, however many orders.
    """
    names = {text: name for text in sent if (name := meant("ord", text)) is not None}
    orders = _found(account_id, names.values())
    wanted = {each.id: each for each in orders.values()}
    outcomes: dict[int, Outcome] = {each.id: refused for each in wanted.values() if (refused := each.refusal())}
    outcomes |= _request([each for each in wanted.values() if each.id not in outcomes], actor)
    return {
        text: outcomes[orders[name].id] if (name := names.get(text)) in orders else OrderNotFound() for text in sent
    }


def refusal(order: Order) -> RefillRefusal | None:
    """Return why the order would not be refilled now, or None where it would; read only, one statement."""
    return _found(order.account_id, [order.pk])[order.pk].refusal()


def _found(account_id: int, names: Iterable[int | UUID]) -> dict[int | UUID | None, Wanted]:
    rows = Order.objects.filter(among(names), account_id=account_id).order_by("id")
    counted = rows.annotate(
        asked=Count("refills"), asked_open=Count("refills", filter=Q(refills__status__in=sorted(OPEN_REFILLS)))
    )
    found: dict[int | UUID | None, Wanted] = {}
    for row in counted.values_list(
        *("id", "public_id", "account_id", "type", "status", "ended_at"),
        *("service__refill", "service__refill_days", "service__refill_by_hand", "asked", "asked_open"),
    ):
        order = Wanted(*row)
        found[order.id] = found[order.public_id] = order
    return found


def _request(orders: list[Wanted], actor: str) -> dict[int, Outcome]:
    if not orders:
        return {}
    purchases = _delivered(orders)
    public = {each.id: ids.new_id() for each in orders}
    with transaction.atomic():
        # What no provider can be asked about is the operator's.
        by_hand = {each.id: each.by_hand or not purchases.get(each.id) for each in orders}
        made = _insert(orders, public, by_hand)
        now = clock.now()
        RefillPart.objects.bulk_create(
            RefillPart(refill_id=made[each.order_id], purchase=each, provider_id=each.provider_id, due_at=now)
            for order_id in made
            if not by_hand[order_id]
            for each in purchases[order_id]
        )
        _tell([each for each in orders if each.id in made], made, public, actor)
        nudge("orders.refill_due")
    return {
        each.id: Requested(made[each.id], public[each.id]) if each.id in made else RefillAlreadyPending()
        for each in orders
    }


def _insert(orders: list[Wanted], public: dict[int, UUID], by_hand: dict[int, bool]) -> dict[int, int]:
    """Return the ids of the refills that were made, by their order's."""
    params: dict[str, Any] = {
        "public": [public[each.id] for each in orders],
        "orders": [each.id for each in orders],
        "numbers": [each.refills + 1 for each in orders],
        "by_hand": [by_hand[each.id] for each in orders],
        "now": clock.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(INSERT, params)
        return {order_id: refill_id for refill_id, order_id in cursor.fetchall()}


def _delivered(orders: list[Wanted]) -> dict[int, list[Purchase]]:
    """Return the purchases of these orders that delivered anything, by order."""
    ended = Purchase.objects.filter(
        order_id__in=[each.id for each in orders], state=PurchaseState.DONE, provider_order_id__isnull=False
    )
    found: dict[int, list[Purchase]] = {}
    for each in ended:
        run = Run(each.state, each.reported, each.quantity, each.remains, each.start_count)
        if run.left < each.quantity:
            found.setdefault(each.order_id, []).append(each)
    return found


def _tell(orders: list[Wanted], made: dict[int, int], public: dict[int, UUID], actor: str) -> None:
    told = {
        made[each.id]: {
            "refill": ids.shown("ref", public[each.id]),
            "order": ids.shown("ord", each.public_id),
            "status": "pending",
        }
        for each in orders
    }
    events.operations.record_each(kind="refill.requested", subject="refill", data=told, actor=actor)
