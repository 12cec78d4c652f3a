"""A process that is held up between its claim and its call: by then others have decided, and nothing is sent."""

from decimal import Decimal

import pytest

import wallets.queries
from orders import tasks
from orders.models import Order
from orders.operations import buying, mark_not_placed, resending, sweeping
from orders.operations.buying import MOST_HELD_UP
from providers.models import Provider
from providers.operations import add_provider
from providers.outcomes import NotSent
from tests.orders.resent import claimed, notpanel, resend_until, service, standing, unknown, upstream

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)
POOR = (400, '{"error": "Quantity below the minimum of 5000"}')


def refused_in_the_end(time, notpanel, order):
    notpanel.next += [POOR] * 6
    resend_until(time, lambda: standing(order)[1] == "refused")
    notpanel.next.clear()


def test_the_first_call_is_not_made_once_its_order_was_refunded(order_of, service, notpanel, alice, bob, time):
    order = order_of(service=service)
    held_up = claimed(buying.claim)
    time.move(minutes=2)
    assert sweeping.give_up_lost_calls() == 1
    refused_in_the_end(time, notpanel, order)
    assert wallets.queries.balance_from_database(alice.id) == Decimal(100)
    buying.record(held_up, buying.send(held_up))
    assert Order.objects.filter(account_id=bob.id).count() == 0
    assert standing(order) == ("failed", "refused")


def test_nor_is_a_later_one(unknown, notpanel, alice, bob, time):
    order = unknown("html before")
    time.move(seconds=16)
    held_up = claimed(resending.claim)
    time.move(minutes=2)
    assert sweeping.give_up_lost_calls() == 1
    refused_in_the_end(time, notpanel, order)
    Provider.objects.update(failing_since=None, failing_at="", failure="")
    resending.record(held_up, resending.send(held_up))
    assert Order.objects.filter(account_id=bob.id).count() == 0
    assert not Provider.objects.filter(failing_at="add").exists(), "it is none of the provider's doing"


def test_nor_at_a_classic_provider_after_the_operator_decided(order_of, sell, demo, time):
    classic = add_provider(name="Demo", url=demo.url, key=demo.key)
    order = order_of(service=sell(at=classic))
    held_up = claimed(buying.claim)
    time.move(minutes=2)
    assert sweeping.give_up_lost_calls() == 1
    mark_not_placed(order_id=order.pk, actor="operator@example.com", reason="it is not in their list")
    buying.record(held_up, buying.send(held_up))
    assert demo.calls("add") == []


def test_what_was_held_up_and_not_given_up_yet_is_sent_next_time(order_of, service, bob, time):
    order = order_of(service=service)
    held_up = claimed(buying.claim)
    time.move(seconds=MOST_HELD_UP.total_seconds() + 1)
    said = buying.send(held_up)
    assert isinstance(said, NotSent)
    buying.record(held_up, said)
    assert standing(order) == ("pending", "queued")
    time.move(seconds=10)
    Provider.objects.update(ask_again_at=None)
    tasks.buy_due()
    assert standing(order) == ("processing", "placed")
    assert Order.objects.filter(account_id=bob.id).count() == 1
