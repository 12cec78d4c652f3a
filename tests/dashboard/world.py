"""Alice with something of everything that pages show: to be looked at by her, and by nobody else."""

from dataclasses import dataclass

import pytest

import accounts.operations
from accounts.models import ApiKey
from catalog.models import ExchangeRate
from kit import clock, ids
from orders.models import Order, Purchase
from orders.operations import place
from orders.operations.refills import request
from orders.operations.settling import settle
from tests.conftest import MakeService, Person
from webhooks.models import Delivery, Endpoint
from webhooks.operations import endpoints
from webhooks.operations.testing import send_test

LINK = "https://example.com/alices-own-link"


@dataclass(frozen=True)
class World:
    """What there is of alice's, by the parameters of addresses."""

    alice: Person
    things: dict[str, str]
    markers: tuple[str, ...]  # texts that only her own pages may show


@pytest.fixture
def world(alice: Person, sell: MakeService, settings: object) -> World:
    """Orders of several kinds, a refill, a second key, a webhook with a delivery, deposits, a rate for euros."""
    settings.WEBHOOK_ALLOW_HTTP = True  # type: ignore[attr-defined]
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    key = ApiKey.objects.get(account=alice.user)
    accounts.operations.issue_key(account_id=alice.id, name="alice's second key", allowed_ips=["203.0.113.0/24"])
    endpoint, _ = endpoints.add(api_key_id=key.pk, url="http://127.0.0.1:9999/alices-hook")
    order = _orders(alice, sell)
    event = send_test(endpoint_id=endpoint.pk)
    Delivery.objects.filter(endpoint=endpoint).update(said="connection refused", tries=1)
    Endpoint.objects.filter(pk=endpoint.pk).update(failures=1)
    ExchangeRate.objects.create(currency="EUR", usd="1.10", changed_at=clock.now())
    things = {
        "sent": order.shown_id,
        "webhook": endpoint.shown_id,
        "event": ids.shown("evt", event.public_id),  # type: ignore[arg-type]
        "key_id": str(key.pk),
        "slug": "place-order",
    }
    return World(
        alice, things, (order.shown_id, LINK, endpoint.shown_id, "alices-hook", "alice's second key", key.prefix)
    )


def _orders(alice: Person, sell: MakeService) -> Order:
    """Place several, have one delivered and refilled, and return that one."""
    services = [sell(type="Default", dripfeed=True, refill=True, cancel=True), sell(type="Custom Comments", min=1)]
    subscription = sell(type="Subscriptions", min=100)
    wanted: list[dict[str, object]] = [
        {"service": services[0].pk, "link": LINK, "quantity": 1000},
        {"service": services[0].pk, "link": LINK, "quantity": 100, "runs": 3, "interval": 60},
        {"service": services[1].pk, "link": LINK, "comments": "Well done!\nI like it"},
        {"service": subscription.pk, "username": "alice", "min": 100, "max": 200, "delay": 30, "posts": 3},
    ]
    placed = [
        place(account_id=alice.id, params={k: str(v) for k, v in each.items()}, request_id=f"world-{number}")
        for number, each in enumerate(wanted)
    ]
    done = {"state": "done", "reported": "partial", "remains": 400, "provider_order_id": "77", "start_count": 12}
    Purchase.objects.filter(order_id=placed[0].id).update(**done)
    settle(placed[0].id)
    request(account_id=alice.id, sent=[str(placed[0].id)])
    return Order.objects.get(pk=placed[0].id)
