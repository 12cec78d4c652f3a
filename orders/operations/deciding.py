"""What the operator decides: orders to give up, and purchases of which nobody knows whether they were placed."""

from django.db import IntegrityError, transaction
from django.db.models import Max, QuerySet

import events.operations
from kit import clock
from kit.money import ZERO
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


def mark_not_placed(*, order_id: int, actor: str, reason: str, purchase_id: int | None = None) -> Order:
    """Say that the unknown purchase was not placed: what it was to deliver is refunded.

    :param purchase_id: which one, of an order with several runs; without it, all that are unknown.
    :raises CannotDecide: where none of them is unknown.
    """
    return _refuse_unknown(order_id, purchase_id, actor, reason, again=False)


def resend(*, order_id: int, actor: str, reason: str, purchase_id: int | None = None) -> Order:
    """Say that the unknown purchase was not placed, and send it once more as a new attempt.

    :param purchase_id: which one, of an order with several runs; without it, all that are unknown.
    :raises CannotDecide: where none of them is unknown.
    """
    return _refuse_unknown(order_id, purchase_id, actor, reason, again=True)


def mark_placed(
    *, order_id: int, provider_order_id: str, actor: str, reason: str, purchase_id: int | None = None
) -> Order:
    """Say that the unknown purchase stands at the provider, under this id: it is followed from here on.

    :param purchase_id: which one; needed where several of its runs are unknown.
    :raises CannotDecide: where not exactly one is meant, or it is not unknown, or the id is no id, or another's.
    """
    reason, provider_order_id = _reason(reason), provider_order_id.strip()
    if not 1 <= len(provider_order_id) <= 64 or not provider_order_id.isprintable():
        raise CannotDecide("give the order's id at the provider, 1 to 64 characters")
    try:
        with transaction.atomic():
            unknown = list(_unknown(order_id, purchase_id))
            if len(unknown) > 1:
                raise CannotDecide("several runs of this order are unknown: decide each on its own page")
            if not unknown or not _place(unknown[0], provider_order_id):
                raise CannotDecide("no purchase of this order is unknown")
            _tell("purchase.placed", order_id, [unknown[0].pk], actor, reason, provider_order=provider_order_id)
            return settle(order_id, actor=actor, reason=reason)
    except IntegrityError as error:
        raise CannotDecide(f"another purchase has the id {provider_order_id} at this provider") from error


def _place(purchase: Purchase, provider_order_id: str) -> bool:
    only = {"state": PurchaseState.UNKNOWN}
    fields = {"provider_order_id": provider_order_id, "due_at": clock.now()}
    return move(purchase.pk, PurchaseState.PLACED, only=only, **fields)


def _refuse_unknown(order_id: int, purchase_id: int | None, actor: str, reason: str, *, again: bool) -> Order:
    reason = _reason(reason)
    with transaction.atomic():
        refused = _refused(order_id, purchase_id)
        if again:
            for purchase in Purchase.objects.filter(pk__in=refused):
                _queue_again(purchase)
            nudge("orders.buy_due")
        _tell("purchase.resent" if again else "purchase.refused", order_id, refused, actor, reason)
        return settle(order_id, actor=actor, reason=reason)


def _unknown(order_id: int, purchase_id: int | None) -> QuerySet[Purchase]:
    unknown = Purchase.objects.filter(order_id=order_id, state=PurchaseState.UNKNOWN).order_by("id")
    return unknown if purchase_id is None else unknown.filter(pk=purchase_id)


def _refused(order_id: int, purchase_id: int | None) -> list[int]:
    only = {"state": PurchaseState.UNKNOWN}
    unknown = _unknown(order_id, purchase_id).values_list("id", flat=True)
    refused = [each for each in unknown if move(each, PurchaseState.REFUSED, only=only, cost=ZERO)]
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
        wanted_at=clock.now(),
        due_at=clock.now(),
    )


def _reason(reason: str) -> str:
    if not reason.strip():
        raise CannotDecide("say why: it is kept with the order")
    return reason.strip()[:500]


def _tell(kind: str, order_id: int, purchases: list[int], actor: str, reason: str, **data: str) -> None:
    nudge("orders.watch")  # so that the banner says at once that it is decided
    events.operations.record(
        kind=kind,
        subject="order",
        subject_id=order_id,
        data={"purchases": purchases, **data},
        actor=actor,
        reason=reason,
    )
