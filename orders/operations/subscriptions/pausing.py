"""Pausing a subscription that the balance no longer covers, and going on with it when it does.

The protocol has no word for a pause: upstream it is a cancel, and going on is a new purchase of what is left.
"""

from decimal import Decimal

from django.db.models import Q

import wallets.queries
from kit import clock
from kit.money import wire
from kit.nudge import nudge
from orders.models import Purchase, Subscription
from orders.operations.subscriptions.holding import Held
from orders.operations.subscriptions.standing import is_past
from orders.operations.subscriptions.telling import tell
from orders.states import OPEN_POSTS, PurchaseState, SubscriptionState
from orders.subscription_states import sub_may_become

LIVE = frozenset({PurchaseState.QUEUED, PurchaseState.SUBMITTING, PurchaseState.UNKNOWN, PurchaseState.PLACED})
ASKED = Q(cancel_requested_at__isnull=False, cancel_answer="")  # and not refused since


def pause_when_short(held: Held) -> None:
    """Pause the subscription where the balance does not cover a post at its max, unless no post is to come."""
    if held.left() == 0:
        return
    if wallets.queries.balance_from_database(held.order.account_id) < held.largest_post:
        pause(held, held.largest_post)


def pause(held: Held, needs: Decimal) -> None:
    """Pause the subscription until the balance reaches `needs` (USD), and have the provider stop delivering."""
    subscription = held.subscription
    may_pause = Subscription.objects.filter(pk=subscription.pk, state__in=sub_may_become(SubscriptionState.PAUSED))
    if not may_pause.update(state=SubscriptionState.PAUSED, needs=needs):
        Subscription.objects.filter(pk=subscription.pk).update(needs=needs)
        return
    subscription.refresh_from_db()
    tell("paused", held.order, needs=wire(needs))
    stop_where_placed(held)


def stop_where_placed(held: Held) -> None:
    """Have the provider of a paused subscription stop delivering; what is still on its way there is stopped then."""
    if held.subscription.state == SubscriptionState.PAUSED and held.last.state == PurchaseState.PLACED:
        ask_to_stop(held)


def ask_to_stop(held: Held) -> None:
    """Have the provider asked to cancel what it delivers, unless it has been asked already."""
    live = Purchase.objects.filter(pk=held.last.pk, state__in=LIVE - {PurchaseState.QUEUED})
    not_asked = live.filter(~ASKED)
    now = clock.now()
    asked = not_asked.update(cancel_requested_at=now, cancel_due_at=now, cancel_sent_at=None, cancel_answer="")
    if asked:
        held.last.refresh_from_db()
        nudge("orders.cancel_due")


def resume(held: Held) -> bool:
    """Go on with a paused subscription where everything is paid and the balance covers a post at its max.

    What was asked to be cancelled is waited for: delivering twice would be worse than later.
    """
    subscription = held.subscription
    if subscription.state != SubscriptionState.PAUSED or subscription.cancel_requested_at or is_past(subscription):
        return False
    if subscription.posts.filter(state__in=OPEN_POSTS).exists():
        return False
    left = held.left()
    if left != 0 and not _covered(held):
        return False
    if left != 0 and not _delivering_again(held, left):
        return False
    Subscription.objects.filter(pk=subscription.pk).update(state=SubscriptionState.ACTIVE, needs=0)
    subscription.refresh_from_db()
    tell("resumed", held.order, left=left)
    return True


def _covered(held: Held) -> bool:
    enough = wallets.queries.balance_from_database(held.order.account_id) >= held.largest_post
    if not enough:
        Subscription.objects.filter(pk=held.subscription.pk).update(needs=held.largest_post)
    return enough


def _delivering_again(held: Held, left: int | None) -> bool:
    last = held.last
    delivered_all = {SubscriptionState.COMPLETED, SubscriptionState.EXPIRED}
    if last.state == PurchaseState.DONE and last.reported not in delivered_all:
        _buy_the_rest(last, left)
        return True
    if last.state in LIVE and last.cancel_requested_at is None:
        return True
    if last.state == PurchaseState.PLACED and last.cancel_answer:
        # The provider did not stop when it was asked to: it delivers still.
        Purchase.objects.filter(pk=last.pk).update(
            cancel_requested_at=None, cancel_due_at=None, cancel_sent_at=None, cancel_answer=""
        )
        return True
    return False


def _buy_the_rest(last: Purchase, left: int | None) -> None:
    now = clock.now()
    Purchase.objects.create(
        order_id=last.order_id,
        run=last.run + 1,
        source_id=last.source_id,
        provider_id=last.provider_id,
        quantity=left or 0,
        wanted_at=now,
        due_at=now,
    )
    nudge("orders.buy_due")
