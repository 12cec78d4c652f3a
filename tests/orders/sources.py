"""A second provider that sells the same, for the tests of several sources."""

from collections.abc import Iterator
from decimal import Decimal

import pytest

from catalog.models import Service, Source
from orders.models import Order
from orders.operations import place
from providers.demo.running import DemoProvider
from providers.models import Provider
from providers.operations import add_provider
from tests.conftest import MakeService, Person
from tests.orders.conftest import request_ids


@pytest.fixture
def second_demo() -> Iterator[DemoProvider]:
    """Another demo provider."""
    with DemoProvider() as running:
        yield running


@pytest.fixture
def second(db: None, second_demo: DemoProvider) -> Provider:
    """The other demo provider, as one we buy from."""
    return add_provider(name="Second", url=second_demo.url, key=second_demo.key)


@pytest.fixture
def service(sell: MakeService, upstream: Provider, second: Provider) -> Service:
    """A service of 0.90 bought at Demo for 0.50, else at Second for 0.60."""
    service = sell(at=upstream)
    add_source(service, second, priority=2, cost="0.60")
    return service


def add_source(service: Service, provider: Provider, *, remote_id: str = "1", cost: str = "0.60", **fields) -> Source:
    """Have the service bought at the provider too."""
    return Source.objects.create(
        service=service, provider=provider, remote_id=remote_id, cost=Decimal(cost), **({"priority": 2} | fields)
    )


def place_in_runs(who: Person, service: Service, *, runs: int) -> Order:
    """Place an order of so many runs of 1000, ten minutes apart."""
    params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "1000"}
    params |= {"runs": str(runs), "interval": "10"}
    placed = place(account_id=who.id, params=params, request_id=f"runs-{next(request_ids)}")
    return Order.objects.get(pk=placed.id)
