"""Placing an order: the request, the order, its purchase, its history and its money, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

import catalog.queries
import events.operations
import wallets.operations
from catalog import pricing
from catalog.models import Source
from kit import clock, ids
from kit.money import LIMIT, ZERO, wire
from kit.nudge import nudge
from kit.transitions import change_if
from orders.models import Order, Purchase, Request
from orders.parameters import fingerprint, wanted, whole_number

# Whoever inserts first places the order; whoever comes at the same instant waits here for that one's commit and
# then finds its row. The order's id is drawn now, so that the row need not be written twice.
REQUEST = """
INSERT INTO orders_request (account_id, key, digest, order_id, at)
VALUES (%(account)s, %(key)s, %(digest)s, nextval(pg_get_serial_sequence('orders_order', 'id')), %(at)s)
ON CONFLICT (account_id, key) DO NOTHING RETURNING order_id
"""


class ServiceNotFound(Exception):
    """There is no such service on sale."""


class RequestConflict(Exception):
    """The request_id stands for an order with other parameters."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The order a request stands for, and whether it was there already."""

    id: int
    public_id: UUID
    replayed: bool


def place(
    *,
    account_id: int,
    params: Mapping[str, str],
    request_id: str,
    api_key_id: int | None = None,
    actor: str = "",
) -> Placed:
    """Place an order out of the account's wallet, once for each `request_id` of the account.

    Nothing is left behind by a refusal: the same request_id may be tried again.

    :param params: the order's parameters as text, by the protocol's names; unknown ones are ignored.
    :raises MissingParameter: :raises InvalidParameter: :raises QuantityBelow: :raises QuantityAbove:
    :raises InvalidCoupon: where the parameters do not fit the service.
    :raises RequestConflict: where the request_id stands for a different order.
    :raises ServiceNotFound: where no such service is on sale.
    :raises InsufficientBalance: where the wallet holds less than the charge.
    """
    key = f"id:{request_id}"
    with transaction.atomic():
        drawn = change_if(
            REQUEST, {"account": account_id, "key": key, "digest": fingerprint(params), "at": clock.now()}
        )
        if drawn is None:
            return _replay(account_id, key, fingerprint(params))
        return _place_new(drawn[0], account_id, api_key_id, params, actor)


def _replay(account_id: int, key: str, digest: bytes) -> Placed:
    request = Request.objects.select_related("order").get(account_id=account_id, key=key)
    if bytes(request.digest) != digest:
        raise RequestConflict("request_id was already used for a different order")
    return Placed(request.order_id, request.order.public_id, replayed=True)


def _place_new(order_id: int, account_id: int, api_key_id: int | None, params: Mapping[str, str], actor: str) -> Placed:
    offer = catalog.queries.offer(whole_number(params, "service"), account_id)
    if offer is None:
        raise ServiceNotFound
    want = wanted(offer.service, params)
    rate = pricing.account_rate(offer.service.rate, offer.discount_percent)
    charge = pricing.charge(offer.service.type, rate, want.quantity)
    if charge >= LIMIT:
        raise wallets.operations.InsufficientBalance("more than any wallet, or the books, can hold")
    order = Order.objects.create(
        id=order_id,
        public_id=ids.new_id(),
        account_id=account_id,
        api_key_id=api_key_id,
        service=offer.service,
        link=want.link,
        quantity=want.quantity,
        rate=rate,
        charge=charge,
        remains=want.quantity,
        created_at=clock.now(),
    )
    _queue(order, offer.source)
    _record(order, actor)
    _charge(order, actor)
    nudge("orders.buy_due")
    return Placed(order.pk, order.public_id, replayed=False)


def _queue(order: Order, source: Source) -> None:
    Purchase.objects.create(
        order=order,
        source=source,
        provider_id=source.provider_id,
        quantity=order.quantity,
        wanted_at=order.created_at,
        due_at=order.created_at,
    )


def _record(order: Order, actor: str) -> None:
    events.operations.record(
        kind="order.placed",
        subject="order",
        subject_id=order.pk,
        account_id=order.account_id,
        data={
            "order": order.shown_id,
            "service": order.service_id,
            "quantity": order.quantity,
            "charge": wire(order.charge),
        },
        actor=actor,
    )


def _charge(order: Order, actor: str) -> None:
    # Last, so that the wallet's row is locked for as short as can be. A free service moves no money.
    if order.charge > ZERO:
        wallets.operations.charge(
            account_id=order.account_id,
            amount=order.charge,
            reference=f"order:{order.pk}:charge",
            actor=actor,
        )
