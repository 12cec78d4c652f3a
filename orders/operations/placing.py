"""Placing an order: the request, the order, its purchase, its history and its money, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

import catalog.queries
import events.operations
import wallets.operations
from catalog.models import Coupon, ServiceType, Source
from catalog.pricing import Price
from catalog.queries import Offer
from kit import clock, ids
from kit.money import LIMIT, ZERO, wire
from kit.nudge import nudge
from kit.transitions import change_if
from orders.guarding import guard_of
from orders.models import Order, Purchase, Request
from orders.operations.redeeming import note_use, redeem
from orders.operations.subscriptions.opening import open_for
from orders.parameters import InvalidCoupon, Wanted, fingerprint, wanted, whole_number
from wallets.operations import InsufficientBalance

# Whoever inserts first places the order; whoever comes at the same instant waits here for that one's commit and
# then finds its row. The order's id is drawn now, so that the row need not be written twice.
REQUEST = """
INSERT INTO orders_request (account_id, key, digest, order_id, at)
VALUES (%(account)s, %(key)s, %(digest)s, nextval(pg_get_serial_sequence('orders_order', 'id')), %(at)s)
ON CONFLICT (account_id, key) DO NOTHING RETURNING order_id
"""
# The same without a request_id. What is known already is the same order for a while, unless that came to nothing or is
# to: who orders again what he has cancelled wants another one, also while the provider is still being asked.
SAME = """
INSERT INTO orders_request AS known (account_id, key, digest, order_id, at)
VALUES (%(account)s, %(key)s, %(digest)s, nextval(pg_get_serial_sequence('orders_order', 'id')), %(at)s)
ON CONFLICT (account_id, key) DO UPDATE SET order_id = excluded.order_id, at = excluded.at
WHERE known.at <= %(since)s OR EXISTS (
    SELECT FROM orders_order o WHERE o.id = known.order_id AND o.status IN ('failed', 'canceled')
) OR EXISTS (
    SELECT FROM orders_purchase p
    WHERE p.order_id = known.order_id AND p.cancel_requested_at IS NOT NULL AND p.cancel_answer = '')
RETURNING order_id
"""


class ServiceNotFound(Exception):
    """There is no such service on sale."""


class OrdersStopped(Exception):
    """The operator takes no new orders of this service now; `text` is what he tells resellers."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class LinkInProgress(Exception):
    """Another order for this link has not ended, and the operator forbids a second one."""


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
    request_id: str | None,
    call: UUID | None = None,
    api_key_id: int | None = None,
    actor: str = "",
) -> Placed:
    """Place an order out of the account's wallet, once for each `request_id` of the account.

    Without a request_id, the same parameters within DUPLICATES_WINDOW seconds are the same order, unless that ended
    failed or canceled. Nothing is left behind by a refusal: the same request may be tried again.

    :param params: the order's parameters as text, by the protocol's names; unknown ones are ignored.
    :param call: without a request_id, the new id that this call is known by should it be tried a second time.
    :raises MissingParameter: :raises InvalidParameter: :raises QuantityBelow: :raises QuantityAbove:
    :raises InvalidCoupon: where the parameters do not fit the service.
    :raises RequestConflict: where the request_id stands for a different order.
    :raises ServiceNotFound: where no such service is on sale.
    :raises OrdersStopped: where the operator takes no orders of it now.
    :raises LinkInProgress: where another order for the link is open, and the operator forbids a second one.
    :raises InsufficientBalance: where the wallet holds less than the charge.
    """
    digest, call = fingerprint(params), call or ids.new_id()
    statement, key = _known_by(request_id, digest, call)
    # By the moment of the call, which a second try has of its first: however long the connection took to be lost, it
    # finds what the first has placed. The window counts from the call that placed the order.
    at = ids.made_at(call)
    known = {"account": account_id, "key": key, "digest": digest, "at": at}
    with transaction.atomic():
        drawn = change_if(statement, {**known, "since": at - timedelta(seconds=settings.DUPLICATES_WINDOW)})
        if drawn is None:
            return _replay(account_id, key, digest)
        return _place_new(drawn[0], account_id, api_key_id, params, actor)


def _known_by(request_id: str | None, digest: bytes, call: UUID) -> tuple[str, str]:
    """Return the statement that writes the request, and the key by which it is the same when it comes again."""
    if request_id is not None:
        return REQUEST, f"id:{request_id}"
    if settings.DUPLICATES_WINDOW:
        return SAME, f"same:{digest.hex()}"
    return REQUEST, f"call:{call}"


def _replay(account_id: int, key: str, digest: bytes) -> Placed:
    request = Request.objects.select_related("order").get(account_id=account_id, key=key)
    if bytes(request.digest) != digest:
        raise RequestConflict("request_id was already used for a different order")
    return Placed(request.order_id, request.order.public_id, replayed=True)


def _place_new(order_id: int, account_id: int, api_key_id: int | None, params: Mapping[str, str], actor: str) -> Placed:
    offer = offered(account_id, params)
    want = wanted(offer.service, params)
    guard = guard_of(offer.service, want.target, account_id)
    price, coupon = _price(offer, want, params.get("coupon", ""), account_id, guard)
    order = Order(
        id=order_id,
        public_id=ids.new_id(),
        account_id=account_id,
        api_key_id=api_key_id,
        service=offer.service,
        type=offer.service.type,
        link=want.link,
        params=want.params,
        quantity=want.in_all,
        runs=want.runs,
        interval=want.interval,
        rate=price.rate,
        price_steps=price.steps,
        coupon=coupon,
        charge=price.charge,
        remains=want.in_all,
        guard=guard,
        created_at=clock.now(),
    )
    _insert(order)
    if order.type == ServiceType.SUBSCRIPTIONS:
        open_for(order)
    note_use(order)
    _queue(order, offer.source)
    _record(order, actor)
    _charge(order, actor)
    nudge("orders.buy_due")
    return Placed(order.pk, order.public_id, replayed=False)


def offered(account_id: int, params: Mapping[str, str]) -> Offer:
    """Return the service that is asked for, as the account can order it now.

    :raises MissingParameter: :raises InvalidParameter: where it says no service.
    :raises ServiceNotFound: :raises OrdersStopped: where that cannot be ordered.
    """
    offer = catalog.queries.offer(whole_number(params, "service"), account_id)
    if offer is None:
        raise ServiceNotFound
    if offer.stopped:
        raise OrdersStopped(offer.stopped)
    return offer


def _price(offer: Offer, want: Wanted, code: str, account_id: int, guard: bytes | None) -> tuple[Price, Coupon | None]:
    full = full_price(offer, want)
    try:
        return redeem(code, account_id=account_id, service=offer.service, price=full)
    except InvalidCoupon:
        # The link guard answers before the coupon does (protocol.md), and the index that decides it comes later.
        if guarded(guard):
            raise LinkInProgress from None
        raise


def full_price(offer: Offer, want: Wanted) -> Price:
    """Return what the order costs before any coupon.

    :raises InsufficientBalance: where that is more than any wallet, or the books, can hold.
    """
    full = offer.price(want.billed)
    if full.charge >= LIMIT:
        raise InsufficientBalance("more than any wallet, or the books, can hold")
    return full


def guarded(guard: bytes | None) -> bool:
    """Return whether an open order holds this guard now."""
    return guard is not None and Order.objects.filter(guard=guard).exists()


def _insert(order: Order) -> None:
    try:
        with transaction.atomic(savepoint=order.guard is not None):
            order.save(force_insert=True)
    except IntegrityError as error:
        if order.guard is None or "order_link_guard" not in str(error):
            raise
        raise LinkInProgress from error


def _queue(order: Order, source: Source) -> None:
    """Write what is to be bought: a purchase for each run at its time, or one for all where the provider does that."""
    runs = 1 if source.own_dripfeed else order.runs
    times = [order.created_at + timedelta(minutes=(order.interval or 0) * run) for run in range(runs)]
    Purchase.objects.bulk_create(
        Purchase(
            order=order,
            run=run,
            source=source,
            provider_id=source.provider_id,
            quantity=order.quantity // runs,
            wanted_at=at,
            due_at=at,
        )
        for run, at in enumerate(times, start=1)
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
