"""What the operator decides: orders to give up, and purchases of which nobody knows whether they were placed."""

from collections.abc import Collection

from django.db import IntegrityError, transaction
from django.db.models import F, Max, QuerySet

import events.operations
from kit import clock
from kit.money import ZERO
from kit.nudge import nudge
from orders.models import IN_DOUBT, KNOWN_BY_REQUEST_ID, Order, Purchase, Subscription
from orders.operations.moving import hold_purchases, move
from orders.operations.settling import settle
from orders.queries import wrongly_attached
from orders.states import OPEN_SUBSCRIPTIONS, PurchaseState
from providers.answers import remote_id

GIVEN_UP_FROM = (PurchaseState.QUEUED, PurchaseState.UNKNOWN, PurchaseState.PLACED)


class CannotDecide(Exception):
    """The order is not in a state where this can be decided; the message says why."""


def cancel_and_refund(*, order_id: int, actor: str, reason: str) -> Order:
    """Give the order up and refund what is not delivered. The provider is not told: it may go on delivering.

    :raises CannotDecide: where the order has ended, is being sent at this moment, or is a subscription that waits.
    """
    reason = _reason(reason)
    with transaction.atomic():
        hold_purchases(order_id)
        live = Purchase.objects.filter(order_id=order_id, state__in=GIVEN_UP_FROM)
        given_up = [each for each in live.values_list("id", flat=True) if move(each, PurchaseState.WITHDRAWN)]
        if not given_up:
            raise CannotDecide(_why_not_given_up(order_id))
        if Purchase.objects.filter(order_id=order_id, state=PurchaseState.SUBMITTING).exists():
            raise CannotDecide("a run of this order is being sent at this moment: look again in a minute")
        _tell("purchase.withdrawn", order_id, given_up, actor, reason)
        return settle(order_id, actor=actor, reason=reason)


def mark_not_placed(*, order_id: int, actor: str, reason: str, purchase_id: int | None = None) -> Order:
    """Say that the unknown purchase was not placed: what it was to deliver is refunded.

    :param purchase_id: which one, of an order with several runs; without it, all that are unknown.
    :raises CannotDecide: where none of them is unknown.
    """
    return _refuse_unknown(order_id, purchase_id, actor, reason, again=False)


def resend(*, order_id: int, actor: str, reason: str, purchase_id: int | None = None) -> Order:
    """Send the unknown purchase once more: under its request_id where its provider knows it by that, and at once.

    Elsewhere it is said with it that it was not placed: it is sent as a new attempt.

    :param purchase_id: which one, of an order with several runs; without it, all that are unknown.
    :raises CannotDecide: where none of them is unknown, or, for a new attempt, the reseller has asked to cancel it.
    """
    with transaction.atomic():
        known = _send_known_again(order_id, purchase_id)
        if known:
            _tell("purchase.resent", order_id, known, actor, _reason(reason))
            nudge("orders.resend_due")
        if known and not _unknown(order_id, purchase_id).exclude(pk__in=known).exists():
            return Order.objects.get(pk=order_id)
        return _refuse_unknown(order_id, purchase_id, actor, reason, again=True, but=known)


def mark_placed(
    *, order_id: int, provider_order_id: str, actor: str, reason: str, purchase_id: int | None = None
) -> Order:
    """Say that the unknown purchase stands at the provider, under this id: it is followed from here on.

    :param purchase_id: which one; needed where several of its runs are unknown.
    :raises CannotDecide: where not exactly one is meant, or it is not unknown, or the id is no id, or another's.
    """
    reason, provider_order_id = _reason(reason), id_at_provider(provider_order_id)
    try:
        with transaction.atomic():
            unknown = list(_unknown(order_id, purchase_id))
            if len(unknown) > 1:
                raise CannotDecide("several runs of this order are unknown: decide each on its own page")
            if not unknown or not _place(unknown[0], provider_order_id):
                raise CannotDecide(_why_not_unknown(order_id, purchase_id))
            _tell("purchase.placed", order_id, [unknown[0].pk], actor, reason, provider_order=provider_order_id)
            return settle(order_id, actor=actor, reason=reason)
    except IntegrityError as error:
        raise CannotDecide(f"another purchase has the id {provider_order_id} at this provider") from error


def detach(*, order_id: int, actor: str, reason: str, purchase_id: int | None = None) -> Order:
    """Take back the id that an operator gave an unknown purchase and its provider never knew: it is unknown again.

    :param purchase_id: which one; needed where several of its runs are under such ids.
    :raises CannotDecide: where not exactly one is meant, or the provider has known the id, or gave it itself.
    """
    reason = _reason(reason)
    with transaction.atomic():
        attached = [each for each in wrongly_attached(order_id) if purchase_id in (None, each.pk)]
        if len(attached) > 1:
            raise CannotDecide("several runs of this order have ids nobody knows: detach each on its purchase's page")
        if not attached or not _detach(attached[0]):
            raise CannotDecide("no purchase of this order is under an id that was given by hand and is not known there")
        theirs = attached[0].provider_order_id or ""
        _tell("purchase.detached", order_id, [attached[0].pk], actor, reason, provider_order=theirs)
        return settle(order_id, actor=actor, reason=reason)


def id_at_provider(text: str) -> str:
    """Return the id a person gives for an order at a provider, without the spaces around it.

    :raises CannotDecide: where no provider gives such an id.
    """
    provider_order_id = remote_id(text)
    if provider_order_id is None:
        raise CannotDecide(
            "give the order's id at the provider as its list shows it: 1 to 64 letters, digits and signs, "
            "no space or comma among them"
        )
    return provider_order_id


def _why_not_given_up(order_id: int) -> str:
    being_sent = Purchase.objects.filter(order_id=order_id, state=PurchaseState.SUBMITTING).exists()
    if not being_sent and Subscription.objects.filter(pk=order_id, state__in=OPEN_SUBSCRIPTIONS).exists():
        return (
            "the provider has stopped this subscription, and nothing of it is left to give up: "
            "end it on its own page (Subscriptions, then End…)"
        )
    return "this order has ended, or is being sent at this moment: look again in a minute"


def _detach(purchase: Purchase) -> bool:
    only = {
        "state": PurchaseState.PLACED,
        "provider_order_id": purchase.provider_order_id,
        "reported": "",
        "found_at": None,
    }
    # What was said of a cancel was said of the wrong id: it is asked anew under the next one.
    asked_anew = {"cancel_due_at": F("cancel_requested_at"), "cancel_sent_at": None, "cancel_answer": ""}
    if not move(purchase.pk, PurchaseState.UNKNOWN, only=only, provider_order_id=None, **asked_anew):
        return False
    _send_known_again(purchase.order_id, purchase.pk)
    return True


def _place(purchase: Purchase, provider_order_id: str) -> bool:
    # A NotPanel understands its numbers too: under one, the order of another purchase would be followed a second time.
    if purchase.provider.dialect == "standard" and not provider_order_id.startswith("ord_"):
        raise CannotDecide(
            f"{purchase.provider} names its orders ord_…: give that id, not the number {provider_order_id}"
        )
    only = {"state": PurchaseState.UNKNOWN}
    fields = {"provider_order_id": provider_order_id, "due_at": clock.now()}
    return move(purchase.pk, PurchaseState.PLACED, only=only, **fields)


def _send_known_again(order_id: int, purchase_id: int | None) -> list[int]:
    """Have every unknown purchase sent again now that its provider knows by its request_id; return which."""
    known = _unknown(order_id, purchase_id).filter(KNOWN_BY_REQUEST_ID).values_list("id", flat=True)
    still = Purchase.objects.filter(state=PurchaseState.UNKNOWN)
    return [each for each in known if still.filter(pk=each).update(resend_at=clock.now())]


def _refuse_unknown(
    order_id: int, purchase_id: int | None, actor: str, reason: str, *, again: bool, but: Collection[int] = ()
) -> Order:
    reason = _reason(reason)
    with transaction.atomic():
        refused = _refused(order_id, purchase_id, but)
        if again:
            if Purchase.objects.filter(pk__in=refused, cancel_requested_at__isnull=False).exists():
                raise CannotDecide("the reseller has asked to cancel it: mark it as not placed, which refunds it")
            for purchase in Purchase.objects.filter(pk__in=refused):
                _queue_again(purchase)
            nudge("orders.buy_due")
        _tell("purchase.resent" if again else "purchase.refused", order_id, refused, actor, reason)
        return settle(order_id, actor=actor, reason=reason)


def _unknown(order_id: int, purchase_id: int | None) -> QuerySet[Purchase]:
    unknown = Purchase.objects.filter(order_id=order_id, state=PurchaseState.UNKNOWN).order_by("id")
    return unknown if purchase_id is None else unknown.filter(pk=purchase_id)


def _refused(order_id: int, purchase_id: int | None, but: Collection[int]) -> list[int]:
    only = {"state": PurchaseState.UNKNOWN}
    unknown = _unknown(order_id, purchase_id).exclude(pk__in=but).values_list("id", flat=True)
    refused = [each for each in unknown if move(each, PurchaseState.REFUSED, only=only, cost=ZERO)]
    if not refused:
        raise CannotDecide(_why_not_unknown(order_id, purchase_id))
    return refused


def _why_not_unknown(order_id: int, purchase_id: int | None) -> str:
    purchases = Purchase.objects.filter(IN_DOUBT, order_id=order_id, state=PurchaseState.SUBMITTING)
    if (purchases if purchase_id is None else purchases.filter(pk=purchase_id)).exists():
        return "it is being sent again at this moment: look again in a minute"
    return "no purchase of this order is unknown"


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
