"""An exchange rate that moves while a provider's list is compared: both hold the same services and their sources."""

import threading
from decimal import Decimal
from functools import partial

import pytest
from django.db import OperationalError, connection, transaction

from catalog.models import Service, Source
from catalog.operations import add_exchange_rate, change_exchange_rate, exchange, switching
from catalog.operations.syncing.batches import locked
from tests.racing import PATIENCE, at_once
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


def blocked() -> bool:
    """Whether somebody waits for what this connection holds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("guarded", [False, True], ids=["with the services not held first", "guarded"])
def test_neither_waits_for_the_other_for_ever(sell, monkeypatch, guarded):
    add_exchange_rate(currency="EUR", usd=Decimal(1), actor="bob")
    kept, lost = sell(rate="9", remote_id="1"), sell(rate="0.60", remote_id="2")
    Source.objects.update(currency="EUR", seen={"said": {"currency": "EUR"}})
    ids = list(Source.objects.values_list("id", flat=True))
    one_is_off = threading.Event()
    settle = switching.settle

    def settled_and_met(**given):
        done = settle(**given)
        one_is_off.set()
        wait_until(blocked, "for the comparison to come to what this holds")
        return done

    def compared():
        assert one_is_off.wait(PATIENCE)
        with transaction.atomic():
            return len(locked(ids))

    monkeypatch.setattr(switching, "settle", settled_and_met)
    if not guarded:
        monkeypatch.setattr(exchange, "hold_services", lambda sources: None)

    ended = at_once(partial(change_exchange_rate, currency="EUR", usd=Decimal(2), actor="bob"), compared)

    deadlocks = [each for each in ended if isinstance(each, OperationalError) and "deadlock" in str(each)]
    assert len(deadlocks) == (0 if guarded else 1), ended
    if guarded:
        assert ended[1] == 2
        on = {each.service_id: each.active for each in Source.objects.all()}
        assert on == {kept.pk: True, lost.pk: False}
        assert set(Service.objects.values_list("rate", flat=True)) == {Decimal(9), Decimal("0.60")}
