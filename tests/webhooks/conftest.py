"""Endpoints, and what has been put into the outbox for them."""

from collections.abc import Callable, Iterator
from typing import Any

import orjson
import pytest

from accounts.models import ApiKey
from tests.conftest import Person
from tests.webhooks.receiver import Receiver
from webhooks.models import Delivery, Endpoint
from webhooks.operations import endpoints


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver on this machine, which takes whatever comes until a test says otherwise."""
    with Receiver() as receiver:
        yield receiver


Listen = Callable[..., Endpoint]


@pytest.fixture
def locally(settings: Any) -> None:
    """Allow receivers on this machine, by http."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.0/8"]


@pytest.fixture
def listen(locally: None) -> Listen:
    """Give a person an endpoint: `listen(alice, "http://127.0.0.1:9000/", "order.completed")`; no names: all."""

    def make(person: Person, url: str = "http://127.0.0.1:9999/", *kinds: str) -> Endpoint:
        key = ApiKey.objects.get(account_id=person.id, revoked_at__isnull=True)
        endpoint, _ = endpoints.add(api_key_id=key.pk, url=url, events_wanted=kinds)
        return endpoint

    return make


def told(endpoint: Endpoint) -> list[tuple[str, dict[str, Any]]]:
    """Return kind and data of all that the outbox holds for an endpoint, in the order it was written."""
    bodies = Delivery.objects.filter(endpoint=endpoint).order_by("id").values_list("body", flat=True)
    return [(each["type"], each["data"]) for each in map(orjson.loads, bodies)]
