"""The demo provider's subscriptions: which of their posts have appeared, and what state that leaves them in."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from providers.demo.behaviours import Behaviour
from providers.demo.delivery import Order

MOST_POSTS = 10_000


def expiry_of(text: str) -> date | None:
    """Return the day that `d/m/Y` names, or None where it names none."""
    try:
        return datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 -- a day has no time zone
    except ValueError:
        return None


def today(now: float, days_ahead: float = 0.0) -> date:
    """Return the day of a moment, in UTC, by a calendar that runs so many days ahead."""
    return (datetime.fromtimestamp(now, UTC) + timedelta(days=days_ahead)).date()


def state(subscription: Order, posts: int, *, now: float, day: date, funds: bool) -> str:
    """Return the subscription's state, of which so many posts are ordered."""
    if subscription.canceled_at is not None and subscription.canceled_at <= now:
        return "Canceled"
    if posts >= wanted(subscription):
        return "Completed"
    if _expired(subscription, day):
        return "Expired"
    return "Active" if funds and not _paused(subscription, posts) else "Paused"


def wanted(subscription: Order) -> int:
    """Return how many posts there are to be: the old ones, and so many new ones; without a number, until it ends."""
    new = int(subscription.params.get("posts", "0"))
    return _old(subscription) + new if new else MOST_POSTS


def posts_due(subscription: Order, ordered: int, *, now: float, days_ahead: float) -> Iterator[Order]:
    """Return the orders of the posts that have appeared by now beyond those ordered, the earliest first."""
    end = now if subscription.canceled_at is None else min(now, subscription.canceled_at)
    for post in range(ordered + 1, wanted(subscription) + 1):
        at = _appears(subscription, post)
        expired = _expired(subscription, today(at, days_ahead))
        if at > end or expired or _paused(subscription, post - 1):
            return
        quantity = _quantity(subscription, post)
        yield Order(
            order=0,
            service=subscription.service,
            link=f"https://example.com/{subscription.params['username']}/post-{post}",
            quantity=quantity,
            charge=Decimal(subscription.rate) * quantity / 1000,
            placed_at=at,
            delivery_seconds=subscription.delivery_seconds,
            parent=subscription.order,
        )


def subscription_answer(subscription: Order, state_: str, posts: list[int]) -> dict[str, object]:
    """Return what `status` says of a subscription, in the classic protocol's words."""
    odd = subscription.behaviour is Behaviour.ODD_SPELLING
    return {
        "status": state_.upper() if odd else state_,
        "expiry": subscription.params.get("expiry") or ("" if odd else None),
        "posts": len(posts) if odd else str(len(posts)),
        "orders": ",".join(map(str, posts)) if odd else posts,
    }


def _expired(subscription: Order, day: date) -> bool:
    expiry = expiry_of(subscription.params.get("expiry", ""))
    return expiry is not None and day > expiry


def _old(subscription: Order) -> int:
    return int(subscription.params.get("old_posts", "0"))


def _appears(subscription: Order, post: int) -> float:
    """Return when a post's order is placed: the old ones are there already, a new one comes every `post_seconds`."""
    new = max(post - _old(subscription), 0)
    return subscription.placed_at + subscription.delay_seconds + new * (subscription.post_seconds or 0)


def _quantity(subscription: Order, post: int) -> int:
    lowest, highest = int(subscription.params["min"]), int(subscription.params["max"])
    digest = hashlib.sha256(f"{subscription.params['username']} {post}".encode("utf-8", "replace")).digest()
    return lowest + int.from_bytes(digest[:4], "big") % (highest - lowest + 1)


def _paused(subscription: Order, posts: int) -> bool:
    return subscription.behaviour is Behaviour.PAUSE and posts >= 1
