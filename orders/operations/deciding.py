"""What the operator decides: orders to give up, and purchases of which nobody knows whether they were placed."""

from django.db import transaction
from django.db.models import Max

import events.operations
from kit import clock
from kit.nudge import nudge
from orders.models import Order, Purchase
from orders.operations.moving import move
from orders.operations.settling import settle
from orders.states import PurchaseState

GIVEN_UP_FROM = (PurchaseState.QUEUED, PurchaseState.UNKNOWN, PurchaseState.PLACED)


class CannotDecide(Exception):
    """The order is not in a state where this can be decided; the message says why."""


def cancel_and_refund(*, order_id: int, actor: str, reason: str) -> Order:
    """Give the order up and refund what is not delivered. The provider is not told: it may go on delivering.

    :raises CannotDecide: where the order has ended, or is being sent at this moment.
    """
    reason = _reason(reason)
    with transaction.atomic():
        live = Purchase.objects.filter(order_id=order_id, state__in=GIVEN_UP_FROM)
        given_up = [each for each in live.values_list("id", flat=True) if move(each, PurchaseState.WITHDRAWN)]
        if not given_up:
            raise CannotDecide("this order has ended, or is being sent at this moment: look again in a minute")
        _tell("purchase.withdrawn", order_id, given_up, actor, reason)
        return settle(order_id, actor=actor, reason=reason)


def mark_not_placed(*, order_id: int, actor: str, reason: str) -> Order:
    """Say that the unknown purchase was not placed: the order fails and is refunded.

    :raises CannotDecide: where none of its purchases is unknown.
    """
    reason = _reason(reason)
    with transaction.atomic():
        refused = _refuse_unknown(order_id)
        _tell("purchase.refused", order_id, refused, actor, reason)
        return settle(order_id, actor=actor, reason=reason)


def resend(*, order_id: int, actor: str, reason: str) -> Order:
    """Say that the unknown purchase was not placed, and send it once more as a new attempt.

    :raises CannotDecide: where none of its purchases is unknown.
    """
    reason = _reason(reason)
    with transaction.atomic():
        refused = _refuse_unknown(order_id)
        for purchase in Purchase.objects.filter(pk__in=refused):
            _queue_again(purchase)
        _tell("purchase.resent", order_id, refused, actor, reason)
        nudge("orders.buy_due")
        return settle(order_id, actor=actor, reason=reason)


def _refuse_unknown(order_id: int) -> list[int]:
    unknown = Purchase.objects.filter(order_id=order_id, state=PurchaseState.UNKNOWN)
    only = {"state": PurchaseState.UNKNOWN}
    refused = [each for each in unknown.values_list("id", flat=True) if move(each, PurchaseState.REFUSED, only=only)]
    if not refused:
        raise CannotDecide("no purchase of this order is unknown")
    return refused


def _queue_again(purchase: Purchase) -> None:
    attempts = Purchase.objects.filter(order_id=purchase.order_id, run=purchase.run)
    Purchase.objects.create(
        order_id=purchase.order_id,
        run=purchase.run,
        attempt=(attempts.aggregate(last=Max("attempt"))["last"] or 0) + 1,
        source_id=purchase.source_id,
        provider_id=purchase.provider_id,
        quantity=purchase.quantity,
        due_at=clock.now(),
    )


def _reason(reason: str) -> str:
    if not reason.strip():
        raise CannotDecide("say why: it is kept with the order")
    return reason.strip()[:500]


def _tell(kind: str, order_id: int, purchases: list[int], actor: str, reason: str) -> None:
    events.operations.record(
        kind=kind,
        subject="order",
        subject_id=order_id,
        data={"purchases": purchases},
        actor=actor,
        reason=reason,
    )
