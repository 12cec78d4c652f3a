"""Cancelling beside a run that is in doubt, at a service that does not cancel: doubt holds up no refund."""

from decimal import Decimal

import pytest

import wallets.queries
from catalog.models import Service
from orders import tasks
from orders.models import Purchase
from orders.operations import resending
from orders.operations.cancelling import Canceled, CannotBeCanceled, cancel
from tests.orders.resent import claimed, notpanel, service, unknown, upstream
from tests.orders.sources import place_in_runs

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def drip(service, alice, notpanel, settings, time):
    """An order of two runs at a service that does not cancel; the answer to the first got lost."""
    Service.objects.filter(pk=service.pk).update(dripfeed=True, cancel=False)
    order = place_in_runs(alice, service, runs=2)
    notpanel.next.append("html after")
    tasks.buy_due()
    assert states(order) == ["unknown", "queued"]
    return order


def states(order):
    return list(order.purchases.order_by("run").values_list("state", flat=True))


def give_up(alice, order):
    return cancel(account_id=alice.id, sent=[order.shown_id])[order.shown_id]


@pytest.mark.parametrize("being_sent", [False, True])
def test_what_is_queued_is_refunded_though_the_run_before_it_is_in_doubt(being_sent, drip, alice, time):
    if being_sent:
        time.move(seconds=16)
        claimed(resending.claim)
    assert isinstance(give_up(alice, drip), Canceled)
    assert states(drip) == ["submitting" if being_sent else "unknown", "withdrawn"]
    drip.refresh_from_db()
    assert drip.refunded == Decimal("0.90")
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")


def test_what_is_queued_stays_where_the_run_before_it_is_there(drip, alice, time):
    time.move(seconds=16)
    assert tasks.resend_due() == 1
    assert states(drip) == ["placed", "queued"]
    before = list(Purchase.objects.order_by("id").values())
    assert isinstance(give_up(alice, drip), CannotBeCanceled)
    assert list(Purchase.objects.order_by("id").values()) == before
    assert wallets.queries.balance_from_database(alice.id) == Decimal("98.20")
