"""A provider whose list of services a test writes down, line by line."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from alerts.models import Alert
from catalog.models import Category, Service, Source, SyncChange
from catalog.operations.importing import Imported, import_services
from catalog.operations.syncing import Synced, sync_services
from events.models import Event
from kit import clock
from providers.models import Provider
from providers.operations import add_provider
from tests.providers.scripted import ScriptedPanel, answering


class Catalogue:
    """The rows of a provider's list, to be changed as a test goes on."""

    def __init__(self) -> None:
        self.rows: Any = [row(1), row(2, rate="2.00", category="Follows")]

    def answer(self, connection: socket.socket) -> None:
        """Answer the list as it stands."""
        answering(json.dumps(self.rows).encode())(connection)


def row(service: int | str, **changes: Any) -> dict[str, Any]:
    """A row as a good provider writes it."""
    plain = {
        "service": service,
        "name": f"Likes {service}",
        "type": "Default",
        "category": "Likes",
        "rate": "0.90",
        "min": "50",
        "max": "10000",
        "refill": True,
        "cancel": False,
        "dripfeed": True,
    }
    return plain | changes


@pytest.fixture
def catalogue() -> Catalogue:
    """Two services: 1 in Likes at 0.90, 2 in Follows at 2.00."""
    return Catalogue()


@pytest.fixture
def seller(db: None, catalogue: Catalogue) -> Iterator[Provider]:
    """The provider that answers the catalogue over HTTP."""
    with ScriptedPanel(catalogue.answer) as panel:
        yield add_provider(name="Seller", url=panel.url, key="its-key")


Import = Callable[..., Imported]


@pytest.fixture
def run(seller: Provider) -> Import:
    """Import what the seller lists now: `run(markup="20")`."""

    def importing(markup: str | None = None, **options: Any) -> Imported:
        return import_services(
            provider=seller, markup=None if markup is None else Decimal(markup), actor="bob@example.com", **options
        )

    return importing


Sync = Callable[..., Synced]


@pytest.fixture
def sync(seller: Provider) -> Sync:
    """Compare what the seller lists now with what we buy there: `sync(dry=True)`."""
    return lambda **options: sync_services(provider=seller, actor="the clock", **options)


@pytest.fixture
def sold() -> Callable[[str], Service]:
    """Return our service that is bought as this id at the seller."""
    return lambda remote_id: Source.objects.select_related("service").get(remote_id=remote_id).service


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Hold the panel's clock, and let time pass: `later(hours=1)`."""
    moment = [clock.timestamp()]
    monkeypatch.setattr(clock, "timestamp", lambda: moment[0])

    def move(**by: float) -> None:
        moment[0] += timedelta(**by).total_seconds()

    return move


def everything() -> list[Any]:
    """Every row of the catalogue, and every event."""
    return [list(model.objects.order_by("pk").values()) for model in (Category, Service, Source, SyncChange, Event)]


def diff(synced: Synced) -> list[tuple[Any, ...]]:
    """What a round found, each as (id there, field, old, new, percent, state)."""
    return [(each.remote_id, each.field, each.old, each.new, each.percent, each.state) for each in synced.changes]


def usd(rate: str) -> dict[str, str]:
    """A price as a change keeps it."""
    return {"rate": rate, "currency": "USD"}


def alerts_open() -> dict[str, str]:
    """What the operator is told now: the text of each alert, by its kind."""
    return dict(Alert.objects.filter(cleared_at=None).values_list("kind", "text"))
