"""Asking how large new posts were, in batches of 100 for one provider, as following does."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction

import providers.operations
from kit import clock
from kit.outages import is_away
from orders.models import Post
from orders.operations.settling import settle
from orders.operations.subscriptions.charging import charge_posts, write_off
from orders.operations.subscriptions.holding import hold
from orders.states import ENDED, PostState
from orders.subscription_states import Measured, measured
from providers.following import News, NotFound, StatusNews
from providers.models import Provider
from providers.queries import client_for

logger = logging.getLogger(__name__)
BATCH = 100
WAIT_FOR_CHARGE = timedelta(hours=1)  # while a post is under way, its price may still be to come
WAIT_FOR_POST = timedelta(hours=24)  # a post its provider does not know for so long is none

# Putting off their next look is what claims them: whoever comes at this moment takes the next hundred.
CLAIM = """
WITH due AS (
    SELECT id FROM orders_post WHERE state = 'reported' AND due_at <= %(now)s AND provider_id = %(provider)s
    ORDER BY due_at LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
UPDATE orders_post p SET due_at = %(next)s FROM due WHERE p.id = due.id
RETURNING p.id, p.subscription_id, p.provider_order_id
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to a hundred posts of one provider: their id, their subscription, and the provider's id."""

    provider_id: int
    provider: Provider
    posts: list[tuple[int, int, str]]


def waiting() -> bool:
    """Return whether any post is due to be asked about."""
    return Post.objects.filter(state=PostState.REPORTED, due_at__lte=clock.now()).exists()


def claim(busy: list[int]) -> Batch | None:
    """Claim the posts that are longest due, of one provider; None where none is, or its pace allows no call now.

    :param busy: ids of the providers that are being asked at this moment.
    """
    now = clock.now()
    due = Post.objects.filter(state=PostState.REPORTED, due_at__lte=now).exclude(provider_id__in=busy)
    first = due.order_by("due_at").select_related("provider").first()
    if first is None or not providers.operations.take_turn(first.provider_id):
        return None
    params: dict[str, Any] = {
        "now": now,
        "provider": first.provider_id,
        "batch": BATCH,
        "next": now + timedelta(seconds=settings.FOLLOW_INTERVAL),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, params)
        posts = cursor.fetchall()
    return Batch(first.provider_id, first.provider, posts) if posts else None


def ask(batch: Batch) -> dict[str, News]:
    """Return what the provider says of the posts, by its order ids. Touches no database.

    :raises CallFailed: where it says nothing that can be used.
    """
    return client_for(batch.provider).statuses([provider_order_id for _, _, provider_order_id in batch.posts])


def record(batch: Batch, answers: dict[str, News]) -> None:
    """Commit how large each post was and charge it, each in a transaction of its own."""
    for post_id, order_id, provider_order_id in batch.posts:
        try:
            measure(order_id=order_id, post_id=post_id, news=answers.get(provider_order_id))
        except Exception as error:
            if is_away(error):
                raise  # the whole batch is tried again
            logger.exception("what the provider said of post %s could not be kept", post_id)


def measure(*, order_id: int, post_id: int, news: News | None) -> bool:
    """Take what the provider says of a post and charge it by that; return whether it is known now how large it was."""
    with transaction.atomic():
        held = hold(order_id)
        post = Post.objects.select_related("purchase__source").get(pk=post_id)
        if held is None or post.state != PostState.REPORTED:
            return False
        if not isinstance(news, StatusNews):
            # Only a provider that answers and does not know it says anything of it.
            if not isinstance(news, NotFound) or clock.now() - post.reported_at < WAIT_FOR_POST:
                return False
            write_off(held, post, "the provider has not known it for a day")
        else:
            size = _size(post, held.subscription.min, held.subscription.max, news)
            if size is None:
                return False
            _keep(post, size, news)
            charge_posts(held)
        settle(order_id)
    return True


def _size(post: Post, low: int, high: int, news: StatusNews) -> Measured | None:
    size = measured(low, high, news.charge, post.purchase.source.cost)
    if size is None and (news.status in ENDED or clock.now() - post.reported_at >= WAIT_FOR_CHARGE):
        # Nobody can show that it was more, and it was at least as large as was agreed.
        return Measured(low, "minimum")
    return size


def _keep(post: Post, size: Measured, news: StatusNews) -> None:
    charge: Decimal | None = news.charge
    seen: dict[str, Any] = {"basis": size.basis, "their_rate": str(post.purchase.source.cost), "said": news.said}
    if charge is not None:
        seen["their_charge"] = str(charge)
    Post.objects.filter(pk=post.pk).update(state=PostState.OWED, quantity=size.quantity, seen=seen)
