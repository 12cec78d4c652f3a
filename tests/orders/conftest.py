"""Orders, a provider that answers, and time that a test moves."""

import itertools
from collections.abc import Callable, Iterator

import pytest

import orders.queries
import wallets.queries
from kit import clock
from orders import tasks
from orders.models import Order
from orders.operations import place
from providers.models import Provider
from providers.operations import add_provider
from tests.conftest import MakeService, Person
from tests.demo import demo

__all__ = ["demo"]
request_ids = itertools.count(1)


@pytest.fixture
def upstream(db, demo) -> Provider:
    """The demo provider, as one we buy from."""
    return add_provider(name="Demo", url=demo.url, key=demo.key)


Place = Callable[..., Order]


@pytest.fixture
def order_of(alice: Person, upstream: Provider, sell: MakeService) -> Place:
    """Place an order of 1000 at 0.90 with alice, bought at the demo provider."""

    def make(quantity: int = 1000, who: Person | None = None, **fields) -> Order:
        service = fields.pop("service", None) or sell(at=upstream, **fields)
        placed = place(
            account_id=(who or alice).id,
            params={"service": str(service.pk), "link": "https://example.com/p", "quantity": str(quantity)},
            request_id=f"order-{next(request_ids)}",
        )
        return Order.objects.get(pk=placed.id)

    return make


@pytest.fixture
def buy() -> Callable[[], int]:
    """Send whatever is due, as the worker does."""
    return tasks.buy_due


@pytest.fixture
def follow(settings) -> Callable[[], None]:
    """Ask about everything that is under way until the provider has said its last word of it."""
    from orders.models import Purchase

    def until_ended(orders: int = 1) -> None:
        import time as real

        deadline = real.monotonic() + 20
        while Purchase.objects.filter(state="placed").exists():
            assert real.monotonic() < deadline, "the provider never finished"
            Purchase.objects.filter(state="placed").update(due_at=clock.now())
            tasks.follow_due()

    return until_ended


@pytest.fixture(autouse=True)
def _the_books_agree(request) -> Iterator[None]:
    """Whatever a test did, the books add up after it."""
    yield
    if request.node.get_closest_marker("django_db"):
        assert list(wallets.queries.broken_wallets()) == []
        assert list(orders.queries.broken_orders()) == []
