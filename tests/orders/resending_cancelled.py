"""What a reseller has cancelled while nobody knew of it is looked for at the provider, and never bought for it."""

from decimal import Decimal

import pytest

import wallets.queries
from catalog.models import Service
from orders import tasks
from orders.models import Order
from orders.operations import cancelling
from tests.orders.resent import bought, notpanel, resend, resend_until, service, standing, unknown, upstream

__all__ = ["notpanel", "service", "unknown", "upstream"]
pytestmark = pytest.mark.django_db(transaction=True)


def cancel(alice, order):
    return cancelling.cancel(account_id=alice.id, sent=[order.shown_id])


@pytest.mark.parametrize("cancels", [True, False])
def test_what_never_arrived_is_not_bought_once_it_was_cancelled(cancels, unknown, alice, bob, time):
    Service.objects.update(cancel=cancels)
    order = unknown("html before")
    cancel(alice, order)
    resend_until(time, lambda: standing(order)[1] == "refused")
    assert Order.objects.filter(account_id=bob.id).count() == 0
    assert wallets.queries.balance_from_database(alice.id) == Decimal(100)
    assert standing(order) == ("failed", "refused")


@pytest.mark.parametrize("lost", ["timeout after", "html after"])
def test_what_arrived_is_found_and_cancelled_there(lost, unknown, alice, bob, time):
    order = unknown(lost)
    cancel(alice, order)
    resend(time)
    assert standing(order) == ("processing", "placed")
    there = Order.objects.get(account_id=bob.id)
    assert bought(order).provider_order_id == there.shown_id
    tasks.cancel_due()
    there.refresh_from_db()
    assert there.status == "canceled"


def test_where_the_question_gets_lost_it_is_asked_again(unknown, notpanel, alice, bob, time):
    order = unknown("html before")
    cancel(alice, order)
    notpanel.next += ["timeout before", "500 after", "reset after", "html after"]
    resend_until(time, lambda: standing(order)[1] == "refused")
    assert Order.objects.filter(account_id=bob.id).count() == 0
