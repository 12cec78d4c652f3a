"""The classic dialect: the API v2 that PerfectPanel started and that existing programs speak. Source: protocol.md.

Integer ids, statuses in words, errors with HTTP 200; parameters from form, query string and JSON.
"""

from functools import singledispatch
from typing import Any

from django.conf import settings

from api_v2.actions.balance import BalanceResult
from api_v2.actions.cancel import CancelsResult
from api_v2.actions.declaration import is_text
from api_v2.actions.refill import RefillsResult
from api_v2.actions.refill_status import RefillStatusesResult, RefillStatusResult
from api_v2.actions.services import ServicesResult
from api_v2.actions.status import StatusesResult
from api_v2.actions.webhook_add import WebhookAdded
from api_v2.actions.webhook_list import WebhooksListed
from api_v2.actions.webhook_remove import WebhookRemoved
from api_v2.actions.webhook_test import WebhookTested
from api_v2.dialects import standard
from api_v2.dialects.dialect import Dialect
from api_v2.errors import REFUSALS
from api_v2.json_bodies import MalformedBody
from api_v2.transport import Sent
from orders.naming import meant
from orders.operations import Placed
from orders.operations.cancelling import Canceled
from orders.operations.refills import Requested
from orders.queries import OrderState
from orders.subscription_queries import Posts
from webhooks.facts import OrderTold, Plain, RefillTold, RefundTold

NAME = "classic"
# JavaScript and Python write these where a program leaves a parameter out, `runs` of an ordinary order above all.
NOTHING = frozenset({"undefined", "null", "None"})
MAY_BE_LEFT_OUT = frozenset(
    {"request_id", "runs", "interval", "coupon", "posts", "old_posts", "expiry", "order", "orders", "refill", "refills"}
)
TAKEN = 1  # what is said of an order that is, or will be, cancelled: programs read a number there
STATUSES = {
    "pending": "Pending",
    "processing": "Processing",
    "in_progress": "In progress",
    "completed": "Completed",
    "partial": "Partial",
    "canceled": "Canceled",
    "failed": "Canceled",
    # of a refill, and of a subscription
    "rejected": "Rejected",
    "active": "Active",
    "paused": "Paused",
    "expired": "Expired",
}


def methods() -> frozenset[str]:
    """Return POST, and GET unless the operator has switched it off."""
    return frozenset({"POST", "GET"} if settings.API_CLASSIC_GET else {"POST"})


def params(sent: Sent) -> dict[str, str]:
    """Return the parameters in form, query string and JSON, with what old programs leave out or send too much of.

    Of `order` and `orders` the latter wins, of `refill` and `refills` likewise. Ids of refills without an action ask
    for their status. `cancel` of one order is answered as one of a batch. What a script writes for nothing is nothing.

    :raises MalformedBody: where the query string cannot be read.
    """
    if sent.query is None:
        raise MalformedBody("the query string has more fields than anybody needs")
    read = {
        name: value for name, value in sent.everywhere().items() if not (name in MAY_BE_LEFT_OUT and value in NOTHING)
    }
    if "action" not in read and ("refill" in read or "refills" in read):
        read["action"] = "refill_status"
    if read.get("action") == "cancel" and "order" in read and _names_one(read["order"]):
        read.setdefault("orders", read["order"])
    for one in ("order", "refill"):
        if f"{one}s" in read:
            read.pop(one, None)
    return read


def _names_one(sent: str) -> bool:
    """Return whether this can be one id: split at its comma, `1,000` would cancel order 1."""
    return "," not in sent and is_text(sent)


@singledispatch
def render(result: Any) -> Any:
    """Return what goes on the wire for an action's result, ready for JSON."""
    raise TypeError(f"the classic dialect cannot write {result!r}")


for _alike in (BalanceResult, ServicesResult, WebhookAdded, WebhooksListed, WebhookRemoved, WebhookTested, Plain):
    render.register(_alike, standard.render)


@render.register
def _(result: Placed) -> dict[str, int]:
    return {"order": result.id}


@render.register
def _(result: OrderState) -> dict[str, Any]:
    if result.subscription is not None:
        return _subscription(result.subscription)
    return {**standard.render(result), "status": STATUSES[result.status]}


def _subscription(posts: Posts) -> dict[str, Any]:
    return {
        "status": STATUSES[posts.state],
        "expiry": None if posts.expires_on is None else f"{posts.expires_on:%d/%m/%Y}",
        "posts": str(posts.posts),
        "orders": list(posts.orders),
    }


@render.register
def _(result: StatusesResult) -> dict[str, Any]:
    return {sent: render(row) for sent, row in result.rows.items()}


@render.register
def _(result: Requested) -> dict[str, str]:
    return {"refill": str(result.id)}


@render.register
def _(result: RefillsResult) -> list[dict[str, Any]]:
    return [{"order": _number("ord", sent), "refill": _refill(row)} for sent, row in result.rows]


def _refill(row: Requested | Exception) -> Any:
    return row.id if isinstance(row, Requested) else render(row)


@render.register
def _(result: Canceled) -> list[dict[str, Any]]:
    return [{"order": result.order_id, "cancel": TAKEN}]


@render.register
def _(result: CancelsResult) -> list[dict[str, Any]]:
    return [{"order": _number("ord", sent), "cancel": _cancel(row)} for sent, row in result.rows]


def _cancel(row: Canceled | Exception) -> Any:
    return TAKEN if isinstance(row, Canceled) else render(row)


@render.register
def _(result: RefillStatusResult) -> dict[str, str]:
    return {"status": STATUSES[result.status]}


@render.register
def _(result: RefillStatusesResult) -> list[dict[str, Any]]:
    return [{"refill": _number("ref", sent), "status": _status(row)} for sent, row in result.rows]


def _status(row: RefillStatusResult | Exception) -> Any:
    return STATUSES[row.status] if isinstance(row, RefillStatusResult) else render(row)


def _number(prefix: str, sent: str) -> int | str:
    """Return the id as a number; what is none, which names nothing or is the other dialect's, as it was sent."""
    name = meant(prefix, sent)
    return name if isinstance(name, int) else sent


@render.register
def _(result: OrderTold) -> dict[str, Any]:
    named = {"order": result.order.number, "service": result.service, "request_id": result.request_id}
    return {**named, **render(result.state)}


@render.register
def _(result: RefundTold) -> dict[str, Any]:
    return {**render(result.order), "refund": result.refund, "balance": result.balance}


@render.register
def _(result: RefillTold) -> dict[str, Any]:
    return {"refill": result.refill.number, "order": result.order.number, "status": STATUSES[result.status]}


@render.register
def _(result: Exception) -> dict[str, str]:
    return {"error": REFUSALS[type(result)].answer(NAME, result)[1]}


CLASSIC = Dialect(NAME, methods, params, render)
