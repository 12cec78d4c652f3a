"""What the tests of other people's programs share: a running panel, what it sells, and a provider that delivers it.

The programs are the published packages as they are: no patch, no stand-in. What is between them and the panel is HTTP.
"""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.db import connections

from catalog.models import Service
from kit import clock
from orders import tasks
from orders.models import Order, Purchase, RefillPart
from orders.queries import broken_orders
from providers.demo.running import DemoProvider
from providers.models import Provider
from providers.operations import add_provider
from tests.conftest import MakePerson, MakeService, Person
from tests.demo import demo
from wallets.queries import broken_wallets

__all__ = ["demo"]
LINK = "https://example.com/p/1?a=1&b=2"  # what is not encoded is cut at its &


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the name it has there
        """Keep the tests' output clean."""


@pytest.fixture(scope="session")
def panel(django_db_setup: None) -> Iterator[str]:
    """Return the address of the panel's API, answered by its own WSGI application in a thread of this process."""
    from notpanel.wsgi import application

    server = make_server("127.0.0.1", 0, application, handler_class=_Quiet)

    def serve() -> None:
        server.serve_forever(poll_interval=0.02)
        connections.close_all()  # or the test database could not be removed

    thread = threading.Thread(target=serve)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v2"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def alice(person: MakePerson) -> Person:
    """A reseller with 100 USD whose key speaks the classic dialect."""
    return person("alice", dialect="classic")


@pytest.fixture
def upstream(db: None, demo: DemoProvider) -> Provider:
    """The demo provider, delivering at once, as one we buy from."""
    demo.control(delivery_seconds=0)
    return add_provider(name="Demo", url=demo.url, key=demo.key)


@pytest.fixture
def likes(sell: MakeService, upstream: Provider) -> Service:
    """A Default service that can do everything."""
    return sell(at=upstream, remote_id="1", refill=True, cancel=True, dripfeed=True)


@pytest.fixture
def comments(sell: MakeService, upstream: Provider) -> Service:
    """A Custom Comments service that neither refills nor cancels."""
    return sell("10", at=upstream, remote_id="15", type="Custom Comments", name="Comments", min=1, category="Talk")


@pytest.fixture
def posts(sell: MakeService, upstream: Provider) -> Service:
    """A Subscriptions service."""
    return sell("0.90", at=upstream, remote_id="29", type="Subscriptions", name="Posts", category="Talk", cancel=True)


def listed(service: Service, **changes: Any) -> dict[str, Any]:
    """Return the service as `services` shows it."""
    return {
        "service": service.pk,
        "name": service.name,
        "type": service.type,
        "category": service.category.name,
        "rate": "0.90",
        "min": "50",
        "max": "10000",
        "refill": service.refill,
        "cancel": service.cancel,
        "dripfeed": service.dripfeed,
        "description": "",
    } | changes


def shown(status: str, charge: str, remains: str, start_count: str = "0") -> dict[str, str]:
    """Return an order as `status` shows it."""
    return {"status": status, "charge": charge, "start_count": start_count, "remains": remains, "currency": "USD"}


def refusal(error: type[Exception], call: Callable[..., object], *given: object, **named: object) -> str:
    """Return the text of the error that the call raises."""
    with pytest.raises(error) as raised:
        call(*given, **named)
    return str(raised.value)


Deliver = Callable[[], None]
PATIENCE = 20.0


@pytest.fixture
def deliver(demo: DemoProvider) -> Deliver:
    """Do what the worker does until nothing is under way any more: buy, follow, refill."""

    def work() -> None:
        deadline = time.monotonic() + PATIENCE
        tasks.buy_due()
        tasks.refill_due()
        while Purchase.objects.filter(state="placed").exists() or RefillPart.objects.filter(state="sent").exists():
            assert time.monotonic() < deadline, "the provider never finished"
            for waiting in (Purchase.objects.filter(state="placed"), RefillPart.objects.filter(state="sent")):
                waiting.update(due_at=clock.now())
            tasks.follow_due()
            tasks.refill_due()

    return work


def counted(order: int) -> str:
    """Return how much there was before the order, which the provider makes up."""
    return str(Order.objects.get(pk=order).start_count)


def hears_of_orders(client: Any, order: int) -> None:
    """See what a program hears of a delivered order of 1000: asked for alone, and beside one that there is not."""
    completed = shown("Completed", "0.90", "0", counted(order))
    assert client.status(order) == completed
    assert client.multi_status([order, 999]) == {str(order): completed, "999": {"error": "Incorrect order ID"}}


@pytest.fixture(autouse=True)
def _the_books_agree(transactional_db: None) -> Iterator[None]:
    """Whatever a program did, every wallet and every order is borne out by the entries."""
    yield
    assert list(broken_wallets()) == []
    assert list(broken_orders()) == []
