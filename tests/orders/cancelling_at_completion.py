"""The operator cancels at the instant the provider completes: one of them is true, never both."""

import threading
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db import connection

import wallets.queries
from orders.models import Order, Purchase
from orders.operations import CannotDecide, cancel_and_refund, following
from providers.following import StatusNews
from tests.racing import PATIENCE, at_once
from wallets.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 10


def followed(purchase: Purchase) -> following.Followed:
    names = following.Followed.__dataclass_fields__
    return following.Followed(**{name: getattr(purchase, name) for name in names})


def test_with_the_guard_off_a_completed_order_is_refunded_as_well():
    """The control: both read that it is under way, then both write."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE unguarded (status text, refunded numeric(20, 8))")
        cursor.execute("INSERT INTO unguarded VALUES ('in_progress', 0)")
    both_have_read = threading.Barrier(2)

    def end(status, refund):
        with connection.cursor() as cursor:
            cursor.execute("SELECT status FROM unguarded")
            (before,) = cursor.fetchone()
            both_have_read.wait(PATIENCE)
            if before == "in_progress":
                cursor.execute("UPDATE unguarded SET refunded = refunded + %s", [refund])
            if status == "completed":
                cancelled.wait(PATIENCE)
            cursor.execute("UPDATE unguarded SET status = %s", [status])
            cancelled.set()

    cancelled = threading.Event()
    try:
        assert at_once(partial(end, "canceled", 1), partial(end, "completed", 0)) == [None, None]
        with connection.cursor() as cursor:
            cursor.execute("SELECT status, refunded FROM unguarded")
            assert cursor.fetchone() == ("completed", Decimal(1))
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE unguarded")


def test_of_twenty_cancels_and_completions_one_decides(alice, order_of, buy, service):
    seen: Counter[str] = Counter()
    for _ in range(ROUNDS):
        order = order_of()
        buy()
        purchase = Purchase.objects.get(order=order)
        assert purchase.state == "placed"
        before = wallets.queries.balance_from_database(alice.id)
        cancel = partial(cancel_and_refund, order_id=order.pk, actor="operator", reason="a test")
        complete = partial(following.learn, followed(purchase), StatusNews("completed", remains=0))
        both: list[Callable[[], Any]] = [cancel, complete]
        results = at_once(*both * 10)
        cancels = [each for each in results[::2] if not isinstance(each, CannotDecide)]
        completions = [each for each in results[1::2] if each is True]
        assert len(cancels) + len(completions) == 1
        order = Order.objects.get(pk=order.pk)
        refunds = Entry.objects.filter(reference__startswith=f"order:{order.pk}:refund:")
        back = sum((each.amount for each in refunds), Decimal(0))
        assert (order.status, back, len(refunds)) in {("canceled", order.charge, 1), ("completed", Decimal(0), 0)}
        assert wallets.queries.balance_from_database(alice.id) == before + back
        seen[order.status] += 1
    assert sum(seen.values()) == ROUNDS
