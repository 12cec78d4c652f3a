"""A blind repetition that comes while the first is still being placed waits, and then does what the first leaves."""

import threading
from contextlib import suppress

import pytest
from django.db import connection, transaction

from orders.models import Order, Request
from orders.operations import cancel_and_refund, place
from tests.racing import PATIENCE, at_once
from tests.waiting import wait_until
from wallets.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


class RolledBackError(Exception):
    """The first came to nothing."""


def somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.parametrize("kept", [True, False])
@pytest.mark.parametrize("before", [None, "canceled", "expired"])
def test_a_repetition_that_had_to_wait_gets_the_order_of_the_first_or_places_its_own(
    alice, service, time, before, kept
):
    params = {"service": str(service.pk), "link": "https://example.com/p", "quantity": "1000"}
    written = threading.Event()

    def order():
        return place(account_id=alice.id, params=params, request_id=None)

    def first():
        with suppress(RolledBackError), transaction.atomic():
            placed = order()
            written.set()
            wait_until(somebody_waits, "the second never met the first")
            if kept:
                return placed
            raise RolledBackError
        return None

    def second():
        assert written.wait(PATIENCE)
        return order()

    if before is not None:
        earlier = order().id
        if before == "canceled":
            cancel_and_refund(order_id=earlier, actor="bob", reason="a test")
        else:
            time.move(seconds=120)
    one, other = at_once(first, second)
    assert other.replayed is kept
    assert Request.objects.get().order_id == other.id == Order.objects.latest("id").pk
    if kept:
        assert one.id == other.id
    assert (
        Order.objects.count() == Entry.objects.filter(counter="sales", amount__lt=0).count() == 1 + (before is not None)
    )
