"""Workers that can be killed, and what makes the time pass that their death needs to be noticed."""

import itertools
import time as real
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.db import connection

from catalog.models import Service
from kit import clock
from kit.redis import cache
from orders import tasks
from orders.models import Order, Purchase
from orders.operations import place
from orders.states import PurchaseState
from providers.models import Provider
from tests.books import assert_books_agree
from tests.conftest import MakeService, Person
from tests.demo import demo
from tests.orders.conftest import upstream
from tests.resilience.mortal import Workers

__all__ = ["demo", "upstream"]
PATIENCE = 60.0
numbers = itertools.count(1)
WAITING = (PurchaseState.QUEUED, PurchaseState.SUBMITTING, PurchaseState.PLACED)


@pytest.fixture(scope="module")
def workers(django_db_setup) -> Iterator[Workers]:
    """Return a source of worker processes over the tests' database and Redis."""
    workers = Workers(connection.settings_dict["NAME"])
    yield workers
    workers.close()


class Later:
    """The panel's clock, ahead of the real one by as much as a test has let pass."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._ahead = 0.0
        monkeypatch.setattr(clock, "timestamp", lambda: real.time() + self._ahead)

    def back(self) -> None:
        """Return to the present, which is where worker processes live."""
        self._ahead = 0.0

    def __call__(self, **by: float) -> None:
        """Let time pass. Leases of the dead run out, which Redis otherwise measures by a clock of its own."""
        self._ahead += timedelta(**by).total_seconds()
        client = cache().client
        for lease in client.scan_iter("lease:*"):
            client.delete(lease)


@pytest.fixture
def later(monkeypatch) -> Later:
    """Let time pass: `later(minutes=1)`."""
    return Later(monkeypatch)


@pytest.fixture
def service(sell: MakeService, upstream: Provider) -> Service:
    """A service bought at the demo provider: 0.90 USD per 1000."""
    return sell(at=upstream)


MakeOrder = Callable[..., Order]


@pytest.fixture
def order(alice: Person, service: Service) -> MakeOrder:
    """Place an order of 100 with alice, each for a link of its own, by which the provider's orders are told apart."""

    def make(of: Service | None = None) -> Order:
        number = next(numbers)
        params = {"service": str((of or service).pk), "link": f"https://example.com/{number}", "quantity": "100"}
        return Order.objects.get(pk=place(account_id=alice.id, params=params, request_id=f"r-{number}").id)

    return make


Finish = Callable[[], None]


@pytest.fixture
def finish(later: Later) -> Finish:
    """Do what the clock has the workers do, minute by minute, until nothing is left but what waits for the operator."""

    def until_nothing_is_left() -> None:
        deadline = real.monotonic() + PATIENCE
        while Purchase.objects.filter(state__in=WAITING).exists():
            assert real.monotonic() < deadline, list(Purchase.objects.values("order", "state", "answer"))
            later(minutes=1)
            tasks.sweep()
            tasks.buy_due()
            tasks.follow_due()
        later.back()

    return until_nothing_is_left


@pytest.fixture(autouse=True)
def _the_books_agree(request) -> Iterator[None]:
    """Whatever a test did, the operator's own proof holds after it."""
    yield
    if request.node.get_closest_marker("django_db"):
        assert_books_agree()
