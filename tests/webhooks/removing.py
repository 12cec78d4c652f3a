"""Removing an endpoint: what was on its way is dropped, and nobody waits for a worker that holds some of it."""

import threading

import pytest
from django.db import connection, transaction

from events.queries import history
from kit import clock
from tests.racing import PATIENCE, at_once
from webhooks import tasks
from webhooks.models import Delivery, Endpoint
from webhooks.operations import endpoints
from webhooks.operations.claiming import close_unwanted
from webhooks.operations.endpoints import remove
from webhooks.operations.testing import send_test
from webhooks.queries import EndpointNotFound

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def endpoint(alice, listen):
    endpoint = listen(alice)
    for _ in range(3):
        send_test(endpoint_id=endpoint.pk)
    return endpoint


def states():
    return list(Delivery.objects.order_by("id").values_list("state", flat=True))


def test_what_was_on_its_way_is_dropped_and_says_why(endpoint):
    Delivery.objects.filter(pk=Delivery.objects.earliest("id").pk).update(claimed_until=clock.now())
    remove(endpoint_id=endpoint.pk, actor="operator@example.com", reason="it is a competitor's")
    assert states() == ["dropped"] * 3
    assert set(Delivery.objects.values_list("said", flat=True)) == {"the endpoint was removed"}
    event = history("webhook", endpoint.pk).order_by("-id")[0]
    assert (event.kind, event.actor, event.reason) == (
        "webhook.removed",
        "operator@example.com",
        "it is a competitor's",
    )


def test_it_is_all_or_nothing(endpoint, monkeypatch):
    def fails(*args):
        raise RuntimeError

    monkeypatch.setattr(endpoints, "_record", fails)
    with pytest.raises(RuntimeError):
        remove(endpoint_id=endpoint.pk)
    assert Endpoint.objects.get().removed_at is None
    assert states() == ["due"] * 3


def test_one_that_never_was_is_not_found():
    with pytest.raises(EndpointNotFound):
        remove(endpoint_id=1)


def test_the_rest_of_a_long_queue_is_dropped_by_a_task_that_is_rung_for(endpoint, monkeypatch):
    rung: list[str] = []
    monkeypatch.setattr(endpoints, "nudge", rung.append)
    monkeypatch.setattr(endpoints, "AT_ONCE", 2)
    remove(endpoint_id=endpoint.pk)
    assert rung == [tasks.close_unwanted.name]
    assert states() == ["dropped", "dropped", "due"]
    assert tasks.close_unwanted() == 1
    assert states() == ["dropped"] * 3


@committed
def test_a_worker_that_holds_a_delivery_is_not_waited_for(endpoint):
    held = Delivery.objects.earliest("id")
    taken, removed = threading.Event(), threading.Event()

    def record():
        """Hold the delivery, then want the endpoint: with a remove that waits for the delivery, a deadlock."""
        with transaction.atomic():
            Delivery.objects.select_for_update().get(pk=held.pk)
            taken.set()
            assert removed.wait(PATIENCE)
            Endpoint.objects.filter(pk=endpoint.pk).update(failures=1)

    def take_away():
        assert taken.wait(PATIENCE)
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{int(PATIENCE)}s'")
        remove(endpoint_id=endpoint.pk)
        removed.set()

    assert at_once(record, take_away) == [None, None]
    assert Endpoint.objects.get().removed_at is not None
    assert states() == ["due", "dropped", "dropped"]
    assert close_unwanted() == 1
    assert states() == ["dropped"] * 3
