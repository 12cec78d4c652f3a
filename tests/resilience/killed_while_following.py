"""The worker killed with SIGKILL at every step of hearing what became of a batch of orders."""

from decimal import Decimal

import pytest

from kit import clock
from orders.models import Order, Purchase
from wallets.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)

# What the provider does with each of a batch, and what the order ends as and gives back.
ENDS = [
    ("partial", ("partial", "0.036")),
    ("cancel", ("canceled", "0.09")),
    ("deliver", ("completed", "0")),
]


@pytest.fixture
def batch(order, demo, workers):
    """Buy an order of each kind, for the provider to speak of at once."""

    def make():
        demo.control(delivery_seconds=0, next=[behaviour for behaviour, _ in ENDS])
        made = [order() for _ in ENDS]
        assert workers.run("buy").status == 0
        Purchase.objects.filter(order__in=made).update(due_at=clock.now())
        behaviours = {row["link"]: row["behaviour"] for row in demo.orders()}
        return [(each, behaviours[each.link]) for each in made]

    return make


def assert_ended_well(made):
    for order, behaviour in made:
        order.refresh_from_db()
        status, back = dict(ENDS)[behaviour]
        assert (order.status, order.refunded) == (status, Decimal(back))
        moved = Entry.objects.filter(reference__startswith=f"order:{order.pk}:").order_by("seq")
        refund = [order.refunded] if order.refunded else []
        assert list(moved.values_list("amount", flat=True)) == [-order.charge, *refund]


def test_killed_in_the_middle_of_a_batch_the_rest_is_learned_and_nothing_is_paid_back_twice(workers, batch, finish):
    made = batch()
    end = workers.run("follow", die_at="before commit 3")
    assert end.died
    ended = Order.objects.exclude(ended_at=None).count()
    assert 0 < ended < len(ENDS)
    finish()
    assert_ended_well(made)


def test_wherever_it_is_killed_every_order_ends_as_the_provider_said_and_is_paid_back_once(workers, batch, finish):
    made = batch()
    survivor = workers.run("follow")
    assert survivor.status == 0
    assert len(survivor.moments) > 10 * len(ENDS)
    assert_ended_well(made)
    died = 0
    for moment in survivor.moments:
        made = batch()
        died += workers.run("follow", die_at=moment).died
        finish()
        assert_ended_well(made)
    assert died > 10 * len(ENDS)
