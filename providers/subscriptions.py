"""What a provider says of a subscription: its state, its posts, and the orders that deliver them."""

import re
from dataclasses import dataclass
from datetime import date, datetime

from providers import answers

# By their letters alone; a panel that answers an order's status for a subscription is understood as well.
STATES = {
    "active": "active",
    "pending": "active",
    "processing": "active",
    "inprogress": "active",
    "running": "active",
    "paused": "paused",
    "pause": "paused",
    "onhold": "paused",
    "completed": "completed",
    "complete": "completed",
    "finished": "completed",
    "expired": "expired",
    "canceled": "canceled",
    "cancelled": "canceled",
    "refunded": "canceled",
    "failed": "canceled",
}
# What an order's status says where a subscription is meant (protocol.md's words).
AS_ORDER = {
    "active": "in_progress",
    "paused": "in_progress",
    "completed": "completed",
    "expired": "completed",
    "canceled": "canceled",
}
MEMBERS = ("posts", "orders", "expiry")  # no ordinary order's answer has one of them
DAYS = ("%d/%m/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d-%m-%Y")


@dataclass(frozen=True)
class SubscriptionNews:
    """A subscription as its provider sees it; None is what was not said or makes no sense.

    `state` is one of active, paused, completed, expired, canceled. `posts` is how many were begun so far, and `orders`
    are the provider's ids of the orders that deliver them, each once, in the provider's order.
    """

    state: str | None
    posts: int | None = None
    orders: tuple[str, ...] = ()
    expiry: date | None = None


def subscription_news(item: dict[str, object]) -> SubscriptionNews | None:
    """Return what a status answer says of a subscription, or None where it is that of an ordinary order."""
    if not any(member in item for member in MEMBERS):
        return None
    posts = answers.as_count(item.get("posts"))
    return SubscriptionNews(
        state=STATES.get(re.sub(r"[^a-z]", "", answers.as_text(item.get("status"), 100).lower())),
        posts=posts if posts is not None and 0 <= posts <= answers.LARGEST_COUNT else None,
        orders=_orders(item.get("orders")),
        expiry=_day(item.get("expiry")),
    )


def _orders(value: object) -> tuple[str, ...]:
    """Return the ids of a list, of an object that has them as names, or of a text with commas."""
    if isinstance(value, str):
        value = value.split(",")
    if isinstance(value, int) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, list | dict):
        return ()
    ids = (answers.remote_id(_named(each)) for each in value)
    return tuple(dict.fromkeys(name for name in ids if name))


def _named(each: object) -> object:
    if not isinstance(each, dict):
        return each
    return next((each[member] for member in ("order", "id", "order_id") if each.get(member)), None)


def _day(value: object) -> date | None:
    text = answers.as_text(value, 40).partition(" ")[0].partition("T")[0]
    for pattern in DAYS:
        try:
            return datetime.strptime(text, pattern).date()  # noqa: DTZ007 -- a day has no time zone
        except ValueError:
            continue
    return None
