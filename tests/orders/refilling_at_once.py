"""Refills asked for at once: one is pending at a time, and the last one is had once."""

import threading
from collections import Counter
from functools import partial

import pytest
from django.db import connection

from events.models import Event
from orders.models import Refill, RefillPart
from orders.operations import refills
from tests.orders.refilled import WHO, delivered, refill
from tests.racing import PATIENCE, at_once

__all__ = ["delivered", "refill"]
pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_requests_at_once_make_one_refill(delivered, alice):
    order = delivered()
    ask = partial(refills.request, account_id=alice.id, sent=[order.shown_id])
    outcomes = Counter(type(each[order.shown_id]).__name__ for each in at_once(*[ask] * 20))
    assert outcomes == {"Requested": 1, "RefillAlreadyPending": 19}
    assert (Refill.objects.count(), RefillPart.objects.count()) == (1, 1)


def test_with_the_guard_off_every_request_makes_a_refill():
    """The control: each looks for one that is open, finds none, and writes its own."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded (status text)")
    everyone_has_looked = threading.Barrier(20)

    def ask():
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded WHERE status = 'pending'")
            (pending,) = cursor.fetchone()
            everyone_has_looked.wait(PATIENCE)
            if not pending:
                cursor.execute("INSERT INTO unguarded VALUES ('pending')")

    try:
        at_once(*[ask] * 20)
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM unguarded")
            assert cursor.fetchone() == (20,)
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded")


def test_the_last_refill_of_an_order_is_had_by_one_of_many(delivered, refill, alice, settings):
    settings.MOST_REFILLS = 2
    order = delivered(refill_by_hand=True)
    refills.reject(refill_id=refill(order).pk, **WHO)
    ask = partial(refills.request, account_id=alice.id, sent=[order.shown_id])
    outcomes = [each[order.shown_id] for each in at_once(*[ask] * 10)]
    assert sum(isinstance(each, refills.Requested) for each in outcomes) == 1
    refills.complete(refill_id=Refill.objects.get(number=2).pk, **WHO)
    assert isinstance(ask()[order.shown_id], refills.RefillLimitReached)


def test_two_operators_at_once_decide_once(delivered, refill):
    mine = refill(delivered(refill_by_hand=True))
    calls = [partial(decide, refill_id=mine.pk, **WHO) for decide in (refills.complete, refills.reject) * 5]
    outcomes = at_once(*calls)
    assert sum(isinstance(each, refills.CannotDecideRefill) for each in outcomes) == 9
    assert Event.objects.filter(kind__in=["refill.completed", "refill.rejected"]).count() == 1
