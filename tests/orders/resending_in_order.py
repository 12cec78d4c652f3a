"""Two outcomes of one order's runs at one provider, recorded at once: neither holds what the other waits for."""

import contextlib
import threading

import pytest

from orders import tasks
from orders.operations import buying, resending
from orders.operations.settling import settle
from providers.models import Provider
from providers.operations import rest
from providers.outcomes import Placed, ProviderFault
from tests.orders.resent import claimed, notpanel, service, unknown, upstream
from tests.orders.sources import place_in_runs
from tests.racing import at_once

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)
TOGETHER = 2.0  # seconds that the one waits for the other, where it can


def test_the_order_is_held_before_its_provider(service, alice, notpanel, time, upstream, monkeypatch):
    type(service).objects.filter(pk=service.pk).update(dripfeed=True)
    order = place_in_runs(alice, service, runs=2)
    notpanel.next.append("html before")
    tasks.buy_due()
    time.move(minutes=11)
    again, second = claimed(resending.claim), claimed(buying.claim)
    assert again.order_id == second.order_id == order.pk
    Provider.objects.filter(pk=upstream.pk).update(unknown_in_a_row=1)  # so that a placed order changes its row
    meet = threading.Barrier(2)

    def both_hold_one():
        # The other may wait in the database for what this one holds: as it should.
        with contextlib.suppress(threading.BrokenBarrierError):
            meet.wait(TOGETHER)

    def resting(**given):
        until = rest(**given)
        both_hold_one()
        return until

    def settling(order_id, **given):
        after = settle(order_id, **given)
        both_hold_one()
        return after

    monkeypatch.setattr("providers.operations.rest", resting)
    monkeypatch.setattr(buying, "settle", settling)
    refused, placed = at_once(
        lambda: resending.record(again, ProviderFault("Insufficient balance", "{}")),
        lambda: buying.record(second, Placed("ord_77")),
    )
    assert (refused, placed) == (None, None)
    assert set(order.purchases.values_list("run", "state")) == {(1, "queued"), (2, "placed")}
