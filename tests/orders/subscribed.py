"""Subscriptions for tests: placed for real, and told what a provider says of them."""

import itertools
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

import wallets.queries
from catalog.models import Service, Source
from orders.models import Order, Post, Purchase, Subscription
from orders.operations import buying, following, place
from orders.operations.subscriptions import measuring
from providers.following import NotFound, StatusNews
from providers.outcomes import Placed
from providers.subscriptions import AS_ORDER, SubscriptionNews
from tests.conftest import MakeService, Person

numbers = itertools.count(1)
RATE, COST = Decimal("0.90"), Decimal("0.50")


def subscribe(account_id: int, service: Service, **params: object) -> Order:
    """Place a subscription for posts of 100 to 1000."""
    wanted = {"username": "alice", "min": "100", "max": "1000", "delay": "0"} | {k: str(v) for k, v in params.items()}
    placed = place(
        account_id=account_id,
        params={"service": str(service.pk), **wanted},
        request_id=f"subscription-{next(numbers)}",
    )
    return Order.objects.get(pk=placed.id)


def their_id() -> str:
    """Return an id that the provider has not given yet."""
    return f"their-{next(numbers)}"


def take(provider_order_id: str | None = None) -> str:
    """Have the provider take the purchase that is due."""
    claimed = buying.claim([])
    assert claimed is not None
    name = provider_order_id or their_id()
    buying.record(claimed, Placed(name))
    return name


def followed(purchase: Purchase) -> following.Followed:
    """Return the purchase as a look at it begins with."""
    known: dict[str, Any] = {
        "id": purchase.pk,
        "order_id": purchase.order_id,
        "provider_id": purchase.provider_id,
        "provider_order_id": purchase.provider_order_id or "",
        "reported": purchase.reported,
        "remains": purchase.remains,
        "start_count": purchase.start_count,
        "quantity": purchase.quantity,
    }
    fields = following.Followed.__dataclass_fields__
    known |= {name: getattr(purchase, name) for name in fields if name not in known}
    return following.Followed(**{name: known[name] for name in fields})


def say(order: Order, state: str | None, *posts: str, purchase: Purchase | None = None) -> bool:
    """Have the provider say something of the subscription, and of the posts it has begun so far."""
    purchase = purchase or Purchase.objects.filter(order=order).order_by("-run", "-attempt")[0]
    news = SubscriptionNews(state, len(posts), tuple(posts), None)
    told = following.learn(followed(purchase), StatusNews(AS_ORDER.get(state or ""), subscription=news))
    order.refresh_from_db()
    return told


def size(provider_order_id: str, quantity: int | None, status: str = "in_progress") -> bool:
    """Have the provider say what it took for a post of this size; None: that it knows no such order."""
    post = Post.objects.get(provider_order_id=provider_order_id)
    charge = None if quantity is None else COST * quantity / 1000
    news = NotFound("Incorrect order ID") if quantity is None else StatusNews(status, charge=charge)
    return measuring.measure(order_id=post.subscription_id, post_id=post.pk, news=news)


def balance(person: Person) -> Decimal:
    """Return what the wallet holds."""
    return wallets.queries.balance_from_database(person.id)


def facts(order: Order) -> tuple[Any, ...]:
    """Return the subscription's state, its order's status, what is kept of the first money, and the posts left."""
    order.refresh_from_db()
    state = Subscription.objects.values_list("state", flat=True).get(pk=order.pk)
    return state, order.status, order.charge - order.refunded, order.remains


Subscribe = Callable[..., Order]


@pytest.fixture
def posts_service(sell: MakeService) -> Service:
    """A subscription service: 0.90 USD per 1000, posts of 50 to 5000."""
    return sell(type="Subscriptions", min=50, max=5000, name="Likes for new posts", cancel=True)


@pytest.fixture
def subscription(alice: Person, posts_service: Service) -> Subscribe:
    """Place a subscription of alice's that the provider takes: `subscription(posts=3)`."""

    def make(who: Person | None = None, **params: object) -> Order:
        order = subscribe((who or alice).id, posts_service, **params)
        take()
        order.refresh_from_db()
        return order

    return make


def at(day: date) -> str:
    """Return a day as the protocol writes it."""
    return day.strftime("%d/%m/%Y")


def source() -> Source:
    """Return where the service is bought."""
    return Source.objects.get()


def next_order(person: Person, sell: MakeService) -> str:
    """Place an ordinary order at the same provider, and return the provider's id of it."""
    service = sell()
    place(
        account_id=person.id,
        params={"service": str(service.pk), "link": "https://example.com/p", "quantity": "100"},
        request_id=f"ordinary-{next(numbers)}",
    )
    return take()
