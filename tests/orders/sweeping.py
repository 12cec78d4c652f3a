"""What time alone decides."""

from decimal import Decimal

import pytest
from django.db import connection, transaction

from orders.models import Order, Purchase
from orders.operations import buying, settling, sweeping

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_call_that_never_came_back_is_unknown_and_not_sent_again(order_of, buy, demo, time, settings):
    order = order_of()
    assert buying.claim([]) is not None  # and the process dies here
    time.move(seconds=settings.PROVIDER_TIMEOUT + sweeping.MARGIN - 1)
    assert sweeping.give_up_lost_calls() == 0
    time.move(seconds=2)
    assert sweeping.give_up_lost_calls() == 1
    assert sweeping.give_up_lost_calls() == 0
    order.refresh_from_db()
    assert (order.status, Purchase.objects.get().state) == ("processing", "unknown")
    buy()
    assert demo.calls("add") == []


def test_what_could_not_be_sent_for_a_day_is_refunded(order_of, upstream, buy, time, settings):
    upstream.active = False
    upstream.save()
    order = order_of()
    time.move(hours=settings.HOLD_HOURS, seconds=-1)
    assert sweeping.refund_held_orders() == 0
    time.move(seconds=2)
    assert sweeping.refund_held_orders() == 1
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("failed", Decimal("0.90"))
    assert sweeping.refund_held_orders() == 0


def test_a_purchase_that_is_being_sent_is_not_refunded(order_of, time, settings):
    order_of()
    assert buying.claim([]) is not None
    time.move(hours=settings.HOLD_HOURS + 1)
    assert sweeping.refund_held_orders() == 0
    assert Order.objects.get().refunded == 0


def test_one_that_cannot_be_ended_holds_up_nobody(order_of, sell, upstream, time, monkeypatch, caplog):
    service = sell(at=upstream)
    first, second = order_of(service=service), order_of(service=service)
    while buying.claim([]):
        pass
    time.move(minutes=5)

    def fails_for_the_first(order_id, **told):
        if order_id == first.pk:
            raise ValueError("cannot be settled")
        return settling.settle(order_id, **told)

    monkeypatch.setattr(sweeping, "settle", fails_for_the_first)
    assert sweeping.give_up_lost_calls() == 1
    assert f"of order {first.pk} could not be ended" in caplog.text
    states = dict(Purchase.objects.values_list("order_id", "state"))
    assert states == {first.pk: "submitting", second.pk: "unknown"}


def test_a_wallet_that_somebody_holds_is_left_for_the_next_sweep(order_of, sell, upstream, person, time, settings):
    held, free = person("held"), person("free")
    service = sell(at=upstream)
    first, second = order_of(service=service, who=held), order_of(service=service, who=free)
    time.move(hours=settings.HOLD_HOURS, seconds=1)
    other = connection.copy()
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            other.set_autocommit(False)
            with other.cursor() as holding:
                holding.execute("SELECT FROM wallets_wallet WHERE account_id = %s FOR UPDATE", [held.id])
                assert sweeping.refund_held_orders() == 1
    finally:
        other.close()
    statuses = dict(Order.objects.values_list("id", "status"))
    assert statuses == {first.pk: "pending", second.pk: "failed"}
    assert sweeping.refund_held_orders() == 1
