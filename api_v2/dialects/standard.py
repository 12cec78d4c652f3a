"""The documented dialect: string ids, snake_case statuses, numbers as strings. Source: protocol.md."""

from datetime import datetime
from functools import singledispatch
from typing import Any
from uuid import UUID

from api_v2.actions.balance import BalanceResult
from api_v2.actions.cancel import CancelsResult
from api_v2.actions.refill import RefillsResult
from api_v2.actions.refill_status import RefillStatusesResult, RefillStatusResult
from api_v2.actions.services import ServicesResult
from api_v2.actions.status import StatusesResult
from api_v2.actions.webhook_add import WebhookAdded
from api_v2.actions.webhook_list import WebhooksListed
from api_v2.actions.webhook_remove import WebhookRemoved
from api_v2.actions.webhook_test import WebhookTested
from api_v2.dialects.dialect import Dialect
from api_v2.errors import REFUSALS
from catalog.queries import Listed
from kit import ids
from kit.money import wire
from orders.operations import Placed
from orders.operations.cancelling import Canceled
from orders.operations.refills import Requested
from orders.queries import OrderState
from orders.subscription_queries import Posts
from webhooks.facts import Named, OrderTold, Plain, RefillTold, RefundTold
from webhooks.kinds import KINDS
from webhooks.models import Endpoint

NAME = "standard"
CURRENCY = "USD"


@singledispatch
def render(result: Any) -> Any:
    """Return what goes on the wire for an action's result, ready for JSON."""
    raise TypeError(f"the standard dialect cannot write {result!r}")


@render.register
def _(result: BalanceResult) -> dict[str, str]:
    return {"balance": wire(result.balance), "currency": CURRENCY}


@render.register
def _(result: ServicesResult) -> list[dict[str, Any]]:
    return [_service(row) for row in result.services]


def _service(row: Listed) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "service": row.id,
        "name": row.name,
        "type": row.type,
        "category": row.category,
        "rate": wire(row.rate),
        "min": str(row.min),
        "max": str(row.max),
        "refill": row.refill,
        "cancel": row.cancel,
        "dripfeed": row.dripfeed,
        "description": row.description,
    }
    return shown if row.average_time is None else shown | {"average_time": row.average_time}


@render.register
def _(result: Placed) -> dict[str, str]:
    return {"order": ids.shown("ord", result.public_id)}


@render.register
def _(result: OrderState) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "status": result.status,
        "charge": wire(result.charge),
        "start_count": str(result.start_count),
        "remains": str(result.remains),
        "currency": CURRENCY,
    }
    return shown if result.subscription is None else shown | _posts(result.subscription)


def _posts(posts: Posts) -> dict[str, Any]:
    return {"posts": str(posts.posts), "orders": [ids.shown("ord", each) for each in posts.public_ids]}


@render.register
def _(result: StatusesResult) -> dict[str, Any]:
    return {sent: render(row) for sent, row in result.rows.items()}


@render.register
def _(result: Canceled) -> dict[str, str]:
    return {"cancel": ids.shown("ord", result.public_id)}


@render.register
def _(result: Requested) -> dict[str, str]:
    return {"refill": ids.shown("ref", result.public_id)}


@render.register
def _(result: RefillStatusResult) -> dict[str, str]:
    return {"status": result.status}


@render.register
def _(result: CancelsResult | RefillsResult) -> list[dict[str, str]]:
    return [{"order": sent} | render(outcome) for sent, outcome in result.rows]


@render.register
def _(result: RefillStatusesResult) -> list[dict[str, str]]:
    return [{"refill": sent} | render(outcome) for sent, outcome in result.rows]


@render.register
def _(result: WebhookAdded) -> dict[str, Any]:
    return {
        "webhook": _webhook_id(result.public_id),
        "url": result.url,
        "events": _heard(result.events),
        "secret": result.secret,
    }


@render.register
def _(result: WebhooksListed) -> list[dict[str, Any]]:
    return [_webhook(each) for each in result.endpoints]


def _webhook(endpoint: Endpoint) -> dict[str, Any]:
    return {
        "webhook": _webhook_id(endpoint.public_id),
        "url": endpoint.url,
        "events": _heard(endpoint.events),
        "status": "active" if endpoint.disabled_at is None else "disabled",
        "created_at": _moment(endpoint.created_at),
    }


@render.register
def _(result: WebhookRemoved) -> dict[str, Any]:
    return {"webhook": _webhook_id(result.public_id), "removed": True}


@render.register
def _(result: WebhookTested) -> dict[str, str]:
    return {"webhook": _webhook_id(result.public_id), "event": ids.shown("evt", result.event_id)}


def _webhook_id(public_id: UUID) -> str:
    return ids.shown("whk", public_id)


def _heard(events: list[str]) -> list[str]:
    return events or list(KINDS)


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@render.register
def _(result: OrderTold) -> dict[str, Any]:
    named = {"order": _order_id(result.order), "service": result.service, "request_id": result.request_id}
    return {**named, **render(result.state)}


@render.register
def _(result: RefundTold) -> dict[str, Any]:
    return {**render(result.order), "refund": result.refund, "balance": result.balance}


@render.register
def _(result: RefillTold) -> dict[str, str]:
    return {
        "refill": ids.shown("ref", result.refill.public_id),
        "order": _order_id(result.order),
        "status": result.status,
    }


def _order_id(order: Named) -> str:
    return ids.shown("ord", order.public_id)


@render.register
def _(result: Plain) -> dict[str, Any]:
    return result.members


@render.register
def _(result: Exception) -> dict[str, str]:
    return {"error": REFUSALS[type(result)].answer(NAME, result)[1]}


STANDARD = Dialect(NAME, lambda: frozenset({"POST"}), lambda sent: sent.form, render)
