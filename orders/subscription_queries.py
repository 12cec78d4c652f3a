"""Reading subscriptions."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db import connection

# All posts of all of them in one statement; what was written off is none of the reseller's.
POSTS = """
SELECT s.order_id, s.state, s.expires_on, count(p.id),
       coalesce(array_agg(c.id ORDER BY p.id) FILTER (WHERE c.id IS NOT NULL), '{}'),
       coalesce(array_agg(c.public_id ORDER BY p.id) FILTER (WHERE c.id IS NOT NULL), '{}')
FROM orders_subscription s
LEFT JOIN orders_post p ON p.subscription_id = s.order_id AND p.state <> 'written_off'
LEFT JOIN orders_order c ON c.id = p.order_id
WHERE s.order_id = ANY(%(orders)s) GROUP BY s.order_id
"""


@dataclass(frozen=True, slots=True)
class Posts:
    """A subscription's state, the day it is wanted up to, how many posts it has had, and the orders of those charged.

    `orders` are the orders' numbers, `public_ids` their public ids, both in the order the posts were reported.
    """

    state: str
    expires_on: date | None
    posts: int
    orders: tuple[int, ...]
    public_ids: tuple[UUID, ...]


def posts_of_each(order_ids: Iterable[int]) -> dict[int, Posts]:
    """Return what there is to say of each of these subscriptions, by its order's number, in one statement."""
    wanted = list(order_ids)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(POSTS, {"orders": wanted})
        return {
            order: Posts(state, day, count, tuple(orders), tuple(public_ids))
            for order, state, day, count, orders, public_ids in cursor.fetchall()
        }
