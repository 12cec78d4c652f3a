"""What is told of an event, as plain values that a dialect writes down."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orders.queries
from events.models import Event
from orders.models import Order, Refill
from orders.queries import OrderState

MOST_POSTS = 400  # of a subscription's orders, the latest: a body stays under 20 kB
REQUEST_ID = "id:"  # how a request's key begins that holds a request_id


@dataclass(frozen=True, slots=True)
class Named:
    """What something is called: by the classic dialect its number, by the standard one its public id."""

    number: int
    public_id: UUID


@dataclass(frozen=True, slots=True)
class OrderTold:
    """How an order stands at the moment it is told of; `request_id` is empty where it was placed without one."""

    order: Named
    service: int
    request_id: str
    state: OrderState


@dataclass(frozen=True, slots=True)
class RefundTold:
    """The same, with the amount that went back and the balance after it, both as the wire writes them."""

    order: OrderTold
    refund: str
    balance: str


@dataclass(frozen=True, slots=True)
class RefillTold:
    """How a refill ended, and whose it is."""

    refill: Named
    order: Named
    status: str


@dataclass(frozen=True, slots=True)
class Plain:
    """Members that both dialects write alike."""

    members: dict[str, Any]


Facts = OrderTold | RefundTold | RefillTold | Plain


def facts_of(event: Event) -> Facts:
    """Return what is told of the event, read in the transaction that wrote it, so that it is what was true then."""
    if event.subject == "order":
        told = _order(event.subject_id)
        if event.kind == "order.refunded":
            return RefundTold(told, event.data["refund"], event.data["balance"])
        return told
    if event.subject == "refill":
        refill = Refill.objects.select_related("order").get(pk=event.subject_id)
        return RefillTold(
            Named(refill.pk, refill.public_id), Named(refill.order_id, refill.order.public_id), refill.status
        )
    return Plain(event.data)


def _order(order_id: int) -> OrderTold:
    order = Order.objects.get(pk=order_id)
    return OrderTold(
        order=Named(order.pk, order.public_id),
        service=order.service_id,
        request_id=_request_id(order),
        state=_shortened(orders.queries.states(order.account_id, [order.shown_id])[order.shown_id]),
    )


def _request_id(order: Order) -> str:
    """Return the request_id by which the reseller's program placed the order.

    Those of a mass order are the panel's own, and a subscription's posts were asked for by nobody.
    """
    if order.api_key_id is None or order.parent_id is not None:
        return ""
    asked = order.requests.filter(key__startswith=REQUEST_ID).values_list("key", flat=True).first()
    return (asked or "").removeprefix(REQUEST_ID)


def _shortened(state: OrderState) -> OrderState:
    posts = state.subscription
    if posts is None or len(posts.orders) <= MOST_POSTS:
        return state
    latest = replace(posts, orders=posts.orders[-MOST_POSTS:], public_ids=posts.public_ids[-MOST_POSTS:])
    return replace(state, subscription=latest)
