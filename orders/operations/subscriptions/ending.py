"""Ending a subscription by somebody's word, and writing off what nobody will pay."""

from django.db import transaction

from kit import clock
from kit.nudge import nudge
from orders.models import Order, Subscription
from orders.operations.moving import move
from orders.operations.settling import settle
from orders.operations.subscriptions.charging import write_off
from orders.operations.subscriptions.holding import Held, hold
from orders.operations.subscriptions.pausing import ask_to_stop
from orders.operations.subscriptions.telling import tell
from orders.states import ENDED, OPEN_POSTS, PurchaseState


class CannotEnd(Exception):
    """The order is no subscription that is under way; the message says so."""


def end(*, order_id: int, actor: str = "", reason: str = "") -> Order:
    """Have the subscription end: at once where the provider has nothing of it, else when the provider has stopped.

    Posts that were reported and are not paid yet are paid first; until then it stays paused.

    :raises CannotEnd: where it has ended, or is none.
    """
    with transaction.atomic():
        held = _open(order_id)
        _ask(held, actor, reason)
        return settle(order_id, actor=actor, reason=reason)


def end_unpaid(*, order_id: int, actor: str, reason: str) -> Order:
    """Have the subscription end, and write off the posts of it that the balance does not cover.

    :raises CannotEnd: where it has ended, or is none.
    """
    with transaction.atomic():
        held = _open(order_id)
        for post in held.subscription.posts.filter(state__in=OPEN_POSTS).order_by("id"):
            write_off(held, post, reason or "written off", actor=actor)
        _ask(held, actor, reason)
        return settle(order_id, actor=actor, reason=reason)


def _open(order_id: int) -> Held:
    held = hold(order_id)
    if held is None or held.order.status in ENDED:
        raise CannotEnd("this subscription has ended")
    return held


def _ask(held: Held, actor: str, reason: str) -> None:
    asked = Subscription.objects.filter(pk=held.order.pk, cancel_requested_at__isnull=True)
    if asked.update(cancel_requested_at=clock.now()):
        tell("cancel_requested", held.order, actor=actor, reason=reason)
    if not move(held.last.pk, PurchaseState.WITHDRAWN, only={"state": PurchaseState.QUEUED}):
        ask_to_stop(held)
        nudge("orders.cancel_due")
