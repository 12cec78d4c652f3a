"""Two rounds with one provider at the same moment."""

import threading

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction

from catalog.models import Source, SyncChange
from catalog.operations.importing import import_services
from catalog.operations.syncing import changes, rounds, sync_services
from catalog.operations.syncing.batches import locked
from orders.models import Order
from orders.operations import place
from tests.catalog.conftest import row
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("guarded", [False, True], ids=["the race with the guard off", "guarded"])
def test_propose_each_new_service_once(seller, catalogue, monkeypatch, guarded):
    import_services(provider=seller)
    catalogue.rows += [row(3), row(4)]
    if not guarded:
        together = threading.Barrier(2)
        make = changes._proposal
        monkeypatch.setattr(rounds, "one_at_a_time", lambda provider: None)

        def both_have_looked(provider, offered, word):
            if offered.remote_id == "3":
                together.wait(timeout=10)
            return make(provider, offered, word)

        monkeypatch.setattr(changes, "_proposal", both_have_looked)

    ended = at_once(*[lambda: sync_services(provider=seller)] * 2)

    broken = [isinstance(each, IntegrityError) for each in ended]
    assert sorted(broken) == ([False, False] if guarded else [False, True])
    assert list(SyncChange.objects.values_list("remote_id", flat=True).order_by("id")) == ["3", "4"]


@pytest.mark.parametrize("guarded", [False, True], ids=["with the keys locked", "guarded"])
def test_an_order_is_placed_while_a_batch_holds_its_service(seller, catalogue, alice, guarded):
    import_services(provider=seller)
    source = Source.objects.get(remote_id="1")

    def order():
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '500ms'")
        params = {"service": str(source.service_id), "link": "https://example.com/p", "quantity": "100"}
        return place(account_id=alice.id, params=params, request_id="while-it-syncs")

    with transaction.atomic():
        if guarded:
            locked([source.pk])
        else:
            Source.objects.select_related("service").select_for_update().get(pk=source.pk)
        (placed,) = at_once(order)

    assert isinstance(placed, OperationalError) is not guarded
    assert Order.objects.count() == (1 if guarded else 0)
