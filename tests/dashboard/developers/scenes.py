"""For each action the rows that its examples are about, in the state that makes the printed answers come true."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import orders.operations
from accounts.keys import digest
from accounts.models import ApiKey
from api_v2.actions import ACTIONS
from api_v2.actions.exemplary import (
    ORDER_ID,
    ORDER_NUMBER,
    POST_IDS,
    POST_NUMBERS,
    REFILL_ID,
    REFILL_NUMBER,
    SUBSCRIPTION,
    WEBHOOK_ID,
)
from api_v2.actions.services import FOLLOWERS, PACKAGE
from api_v2.actions.webhook_list import LISTED
from catalog.models import Service
from kit import clock, encryption, ids
from orders.models import Order, Post, Purchase, Refill, RefillPart, Request, Subscription
from orders.operations.settling import settle
from tests.conftest import Person
from webhooks import signing
from webhooks.models import Delivery, Endpoint

Sell = Callable[..., Service]


@dataclass
class Scene:
    """A reseller with the key that is used, and how something is put on sale."""

    who: Person
    sell: Sell


def nothing(scene: Scene, sent: dict[str, str]) -> None:
    """There is nothing to prepare."""


def catalogue(scene: Scene, sent: dict[str, str]) -> None:
    """On sale is what the example lists."""
    if Service.objects.exists():
        return
    for listed in (FOLLOWERS, PACKAGE):
        scene.sell(**listed._asdict() | {"rate": str(listed.rate)})


def every_type(scene: Scene, sent: dict[str, str]) -> None:
    """On sale is one service of each type, by the ids that the examples order."""
    if Service.objects.exists():
        return
    for example in ACTIONS["add"].examples:
        kind, _, dripfed = example.title.partition(",")
        scene.sell(id=int(example.sent["service"]), type=kind, min=1, dripfeed=bool(dripfed), rate="0.01")


def order(scene: Scene, **fields: Any) -> Order:
    """Return the order of the examples, placed by the reseller, with its purchase."""
    service = scene.sell(rate="0.50", refill=True)
    params = {"service": str(service.pk), "link": "https://example.com/p/1", "quantity": "1000"}
    placed = orders.operations.place(account_id=scene.who.id, params=params, request_id="order-8841")
    return _renamed(placed.id, ORDER_NUMBER, ORDER_ID, **fields)


def _renamed(pk: int, number: int, public_id: UUID, **fields: Any) -> Order:
    """Give an order, and what was written with it, another number and public id; set these fields of it."""
    copy = Order.objects.get(pk=pk)
    for name, value in {**fields, "pk": number, "public_id": public_id}.items():
        setattr(copy, name, value)
    copy.save(force_insert=True)
    for model in (Purchase, Request):
        model.objects.filter(order_id=pk).update(order_id=number)
    Order.objects.filter(pk=pk).delete()
    return copy


def under_way(scene: Scene, sent: dict[str, str]) -> None:
    """The order is in progress; beside it there is the subscription, with its two posts."""
    if Order.objects.exists():
        return
    order(scene, status="in_progress", start_count=1234, remains=650)
    _subscription(scene)


def _subscription(scene: Scene) -> None:
    service = scene.sell(type="Subscriptions", min=100, rate="0.90")
    wanted = {"service": str(service.pk), "username": "alice", "min": "100", "max": "200", "delay": "0", "posts": "5"}
    placed = orders.operations.place(account_id=scene.who.id, params=wanted, request_id="posts")
    public_id = ids.parsed("ord", SUBSCRIPTION)
    Order.objects.filter(pk=placed.id).update(
        public_id=public_id, status="in_progress", remains=3, charge=0, refunded=0
    )
    subscription, purchase = Subscription.objects.get(pk=placed.id), Purchase.objects.get(order_id=placed.id)
    for number, post_id in zip(POST_NUMBERS, POST_IDS, strict=True):
        made = Order.objects.create(
            id=number, public_id=post_id, account_id=scene.who.id, service=service, parent_id=placed.id, quantity=100,
            rate=Decimal("0.90"), charge=Decimal("0.09"), remains=0, created_at=clock.now(),
        )  # fmt: skip
        Post.objects.create(
            subscription=subscription, purchase=purchase, provider=purchase.provider, provider_order_id=str(number),
            state="charged", quantity=100, order=made, reported_at=clock.now(), due_at=clock.now(),
        )  # fmt: skip


def not_sent(scene: Scene, sent: dict[str, str]) -> None:
    """Nothing of the order has been sent."""
    if not Order.objects.exists():
        order(scene)


def delivered(scene: Scene, sent: dict[str, str]) -> None:
    """All of the order was delivered, and it has no refill."""
    if not Order.objects.exists():
        order(scene)
        done = {"state": "done", "reported": "completed", "remains": 0, "provider_order_id": "1"}
        Purchase.objects.filter(order_id=ORDER_NUMBER).update(**done)
        settle(ORDER_NUMBER)
    RefillPart.objects.all().delete()
    Refill.objects.all().delete()


def refilled(scene: Scene, sent: dict[str, str]) -> None:
    """The order has a refill, which one asks for alone while it is pending, and among others once it is completed."""
    delivered(scene, sent)
    ended = {} if "refill" in sent else {"status": "completed", "ended_at": clock.now()}
    Refill.objects.create(
        id=REFILL_NUMBER, public_id=REFILL_ID, order_id=ORDER_NUMBER, number=1, created_at=clock.now(), **ended
    )


def webhook(scene: Scene, sent: dict[str, str]) -> None:
    """The key has the webhook of the examples."""
    Delivery.objects.all().delete()
    Endpoint.objects.all().delete()
    key = ApiKey.objects.get(digest=digest(scene.who.key))
    secret = encryption.encrypt(signing.new_secret())
    Endpoint.objects.create(
        public_id=WEBHOOK_ID, api_key=key, account_id=scene.who.id, slot=1, url=LISTED.url, events=LISTED.events,
        created_at=LISTED.created_at, secret_encrypted=secret,
    )  # fmt: skip


SCENES: dict[str, Callable[[Scene, dict[str, str]], None]] = {
    "balance": nothing,
    "services": catalogue,
    "add": every_type,
    "status": under_way,
    "refill": delivered,
    "refill_status": refilled,
    "cancel": not_sent,
    "webhook.add": nothing,
    "webhook.list": webhook,
    "webhook.remove": webhook,
    "webhook.test": webhook,
}
# Between two examples of these nothing has to be prepared anew: all of them can run at once.
AT_ONCE = {"add", "status", "cancel", "balance", "services"}
DEPOSITS = {"balance": "47.32"}
SOON = timedelta(seconds=1)
