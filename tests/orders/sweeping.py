"""What time alone decides."""

from decimal import Decimal

import pytest

from orders.models import Order, Purchase
from orders.operations import buying, sweeping

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
