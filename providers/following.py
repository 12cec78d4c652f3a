"""What a provider says of an order, pending processing in_progress completed partial canceled."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from providers import answers, faults
from providers.subscriptions import AS_ORDER, SubscriptionNews, subscription_news

# By their letters alone: "In progress", "in_progress" and "Inprogress" are one. Numeric codes are missing on
# purpose: 3 is "completed" on one panel and "canceled" on the next.
STATUSES = {
    "pending": "pending",
    "awaiting": "pending",
    "queued": "pending",
    "inqueue": "pending",
    "processing": "processing",
    "inprogress": "in_progress",
    "progress": "in_progress",
    "active": "in_progress",
    "running": "in_progress",
    "started": "in_progress",
    "completed": "completed",
    "complete": "completed",
    "done": "completed",
    "finished": "completed",
    "partial": "partial",
    "partially": "partial",
    "partiallycompleted": "partial",
    "partialcompleted": "partial",
    "canceled": "canceled",
    "cancelled": "canceled",
    "cancel": "canceled",
    "refunded": "canceled",
    "refund": "canceled",
    "fail": "canceled",
    "failed": "canceled",
}


@dataclass(frozen=True)
class StatusNews:
    """An order as its provider sees it; None is what was not said or makes no sense, and changes nothing.

    `remains` and `start_count` are never negative: delivery beyond the quantity leaves 0. `charge` is
    in the provider's currency; `said` is the status as the provider spelled it. `subscription` is there where the
    answer is that of one; `status` is then what protocol.md calls its state.
    """

    status: str | None
    remains: int | None = None
    start_count: int | None = None
    charge: Decimal | None = None
    said: str = ""
    subscription: SubscriptionNews | None = None


@dataclass(frozen=True)
class NotFound:
    """The provider says that it knows no such order; many say so for minutes after placing."""

    why: str


@dataclass(frozen=True)
class NoNews:
    """Nothing could be learnt of this order this time."""

    why: str


News = StatusNews | NotFound | NoNews


def news(item: object) -> News:
    """Return what one order's answer says: an object, an object with an error, or a bare error string."""
    if isinstance(item, str):
        return _complaint(answers.as_text(item, 500))
    if not isinstance(item, dict):
        return NoNews("the answer for this order is not an object")
    error = answers.error_text(item)
    return _complaint(error) if error else _status_news(item)


def batch(data: object, ids: Sequence[str]) -> dict[str, News]:
    """Return what a batch's answer says of each id: an object by id, or a list of items with their order."""
    found: dict[str, object] = {}
    if isinstance(data, dict):
        found = {str(name).strip(): item for name, item in data.items()}
        if len(ids) == 1 and ids[0] not in found and "status" in data:
            found = {ids[0]: data}  # one id asked as a batch, answered as one
    elif isinstance(data, list):
        found = {name: item for item in data if (name := _named(item))}
    return {name: news(found[name]) if name in found else NoNews("the answer leaves this order out") for name in ids}


def status_named(value: object) -> str | None:
    """Return our word for a provider's status, or None where the spelling is not known."""
    return STATUSES.get(re.sub(r"[^a-z0-9]", "", answers.as_text(value, 100).lower()))


def _named(item: object) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((name for field in ("order", "id", "order_id") if (name := answers.remote_id(item.get(field)))), None)


def _complaint(text: str) -> News:
    if faults.says_not_found(text):
        return NotFound(text)
    return NoNews(f"the provider says: {text}" if text else "the provider says nothing of this order")


def _status_news(item: dict[str, object]) -> StatusNews:
    remains = answers.as_count(item.get("remains"))
    start_count = answers.as_count(item.get("start_count"))
    charge = answers.as_decimal(item.get("charge"))
    subscription = subscription_news(item)
    status = status_named(item.get("status"))
    return StatusNews(
        status=(AS_ORDER.get(subscription.state or "") if subscription else None) or status,
        remains=None if remains is None else max(remains, 0),
        start_count=start_count if start_count is not None and start_count >= 0 else None,
        charge=charge if charge is not None and charge >= 0 else None,
        said=answers.as_text(item.get("status"), 100),
        subscription=subscription,
    )
