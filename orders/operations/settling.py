"""What follows for an order from its purchases: its status, and the money that goes back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction

import events.operations
import wallets.operations
from catalog.models import ServiceType
from kit import clock
from kit.money import ZERO, rounded, wire
from orders.models import Order, Purchase
from orders.operations.subscriptions.standing import stand
from orders.states import ENDED, ORDER_TRANSITIONS, Run, Standing, standing


class ImpossibleChange(Exception):
    """An order would go where ORDER_TRANSITIONS does not lead: a mistake of the program, stopped before it is kept."""


def settle(order_id: int, *, actor: str = "", reason: str = "") -> Order:
    """Bring the order to where its purchases say it stands, and give back what will never be delivered.

    Runs in the caller's transaction, after what changed a purchase. The order's row is locked, so that two runs
    that end at the same moment are added up one after the other.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update(no_key=True).get(pk=order_id)
        before = order.status
        if order.type == ServiceType.SUBSCRIPTIONS:
            now = stand(order)
            total = order.charge if now.status in ENDED else order.refunded
        else:
            now = standing(_runs(order_id))
            total = rounded(order.charge * now.undelivered / order.quantity)
        _move(order, now)
        refund = _refund(order, total, actor, reason)
        # Told last: webhooks say of the order what `status` answers once this has been committed.
        if now.status != before:
            data = {"order": order.shown_id, "from": before, "remains": order.remains}
            _tell(f"order.{now.status}", order, data, actor, reason)
        if refund is not None:
            _tell("order.refunded", order, {"order": order.shown_id, **refund}, actor, reason)
    return order


def _runs(order_id: int) -> list[Run]:
    """Return the last attempt of each run: a refused attempt is history once there is another."""
    last = Purchase.objects.filter(order_id=order_id).order_by("run", "-attempt").distinct("run")
    known = last.values_list("state", "reported", "quantity", "remains", "start_count", "resent_at")
    return [Run(*row[:-1], resent=row[-1] is not None) for row in known]


def _move(order: Order, now: Standing) -> None:
    before = order.status
    if now.status != before and now.status not in ORDER_TRANSITIONS[before]:
        raise ImpossibleChange(f"order {order.pk} cannot become {now.status}: it is {before}")
    order.status, order.remains, order.start_count = now.status, now.remains, now.start_count
    if now.status in ENDED and order.ended_at is None:
        order.ended_at, order.guard = clock.now(), None
    order.save(update_fields=["status", "remains", "start_count", "ended_at", "guard"])


def _refund(order: Order, total: Decimal, actor: str, reason: str) -> dict[str, str] | None:
    """Post the difference to what was given back before, and return it with the balance; None where there is none.

    The reference names the total, which is reached once.
    """
    back = total - order.refunded
    if back <= ZERO:
        return None
    order.refunded = total
    order.save(update_fields=["refunded"])
    posting = wallets.operations.refund(
        account_id=order.account_id,
        amount=back,
        reference=f"order:{order.pk}:refund:{wire(total)}",
        actor=actor,
        reason=reason,
    )
    return {"refund": wire(back), "balance": wire(posting.balance)}


def _tell(kind: str, order: Order, data: Mapping[str, Any], actor: str, reason: str) -> None:
    events.operations.record(
        kind=kind,
        subject="order",
        subject_id=order.pk,
        account_id=order.account_id,
        data=dict(data),
        actor=actor,
        reason=reason[:500],
        announce=True,
    )
