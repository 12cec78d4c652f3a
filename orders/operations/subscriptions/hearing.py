"""Taking what the provider says of a subscription: its new posts, and its last word."""

import logging
from collections.abc import Sequence

from django.db import transaction

from kit import clock
from kit.money import ZERO
from kit.nudge import nudge
from orders.models import Post, Purchase
from orders.operations.moving import move
from orders.operations.settling import settle
from orders.operations.subscriptions.charging import charge_posts
from orders.operations.subscriptions.holding import Held, hold
from orders.operations.subscriptions.pausing import stop_where_placed
from orders.states import PostState, PurchaseState, SubscriptionState
from orders.subscription_states import measured
from providers.subscriptions import SubscriptionNews

logger = logging.getLogger(__name__)
MOST_NEW = 100  # posts taken in at one look; what is beyond them is there at the next
LONGEST_ID = 64
LAST_WORDS = frozenset({SubscriptionState.COMPLETED, SubscriptionState.EXPIRED, SubscriptionState.CANCELED})


def hear(*, purchase_id: int, news: SubscriptionNews) -> bool:
    """Take what the provider says of the subscription it delivers by this purchase; return whether anything was new.

    A post is known by the provider's id of it, so an answer that repeats itself, or comes late, brings none twice.
    """
    purchase = Purchase.objects.get(pk=purchase_id)
    if news.state is None or purchase.state != PurchaseState.PLACED:
        return False
    if news.state == purchase.reported and not _unknown(purchase, news.orders):
        return False
    with transaction.atomic():
        held = hold(purchase.order_id)
        if held is None:
            logger.warning("provider %s tells order %s as a subscription", purchase.provider_id, purchase.order_id)
            return False
        return _take(held, purchase_id, news)


def _take(held: Held, purchase_id: int, news: SubscriptionNews) -> bool:
    purchase = next(each for each in held.purchases if each.pk == purchase_id)
    if purchase.state != PurchaseState.PLACED:
        return False
    unknown = _unknown(purchase, news.orders)
    new = _note_posts(held, purchase, unknown)
    # A last word waits for the look that has taken in all posts: nobody would ask for the others after it.
    all_are_in = len(unknown) <= MOST_NEW or news.state not in LAST_WORDS
    if not (all_are_in and _keep_word(purchase, str(news.state))) and not new:
        return False
    charge_posts(held)
    stop_where_placed(held)
    settle(held.order.pk)
    if new:
        nudge("orders.measure_posts")
    return True


def _unknown(purchase: Purchase, ids: Sequence[str]) -> list[str]:
    named = [each for each in ids if len(each) <= LONGEST_ID]
    seen = Post.objects.filter(provider_id=purchase.provider_id, provider_order_id__in=named)
    known = set(seen.values_list("provider_order_id", flat=True))
    unknown = [each for each in named if each not in known]
    return unknown[_known_by_another_name(purchase, unknown) :]


def _known_by_another_name(purchase: Purchase, unknown: Sequence[str]) -> int:
    """Return how many of these posts, the first ones, are known by the ids of the provider's other dialect.

    A NotPanel names the same posts by numbers to a classic key and by ord_… to a standard one, in the same order.
    A key, or a provider, may change its dialect; what was charged under one name is not charged under the other.
    """
    forms = {_is_standard(each) for each in unknown} - {None}
    if not forms:
        return 0
    names = Post.objects.filter(purchase=purchase).values_list("provider_order_id", flat=True)
    return sum(1 for each in names if _is_standard(each) not in forms | {None})


def _is_standard(provider_order_id: str) -> bool | None:
    """Return whether it is an id of the standard dialect (or else of the classic one); None for any other."""
    if provider_order_id.startswith("ord_"):
        return True
    return False if provider_order_id.isdecimal() else None


def _note_posts(held: Held, purchase: Purchase, ids: Sequence[str]) -> int:
    """Write the posts that are new: beyond what was ordered, none is ever charged."""
    left, now = held.left(), clock.now()
    # Where each post is as large as every other, nobody need be asked how large it is.
    agreed = measured(held.subscription.min, held.subscription.max, None, ZERO)
    made = []
    for number, provider_order_id in enumerate(ids[:MOST_NEW]):
        beyond = left is not None and number >= left
        state = PostState.WRITTEN_OFF if beyond else PostState.OWED if agreed else PostState.REPORTED
        made.append(
            Post(
                subscription=held.subscription,
                purchase=purchase,
                provider_id=purchase.provider_id,
                provider_order_id=provider_order_id,
                state=state,
                quantity=agreed.quantity if agreed else None,
                seen={"basis": agreed.basis} if agreed else {},
                note="beyond what was ordered" if beyond else "",
                reported_at=now,
                due_at=now,
            )
        )
    # Whoever else learns of the same posts meets us at the order's lock and finds them; the index says so too.
    Post.objects.bulk_create(made)
    return len(made)


def _keep_word(purchase: Purchase, word: str) -> bool:
    if word == purchase.reported:
        return False
    if word in LAST_WORDS:
        kept = move(purchase.pk, PurchaseState.DONE, only={"state": PurchaseState.PLACED}, reported=word)
    else:
        still = Purchase.objects.filter(pk=purchase.pk, state=PurchaseState.PLACED)
        kept = still.update(reported=word) == 1
    purchase.refresh_from_db(fields=["state", "reported"])
    return kept
