"""What waits for the operator is told, once for each cause, and cleared when it is over."""

from typing import Any

import pytest

from alerts.models import Alert
from alerts.queries import lasting
from orders import tasks
from orders.models import Purchase
from orders.operations import buying, mark_not_placed, mark_placed
from providers.outcomes import Placed

pytestmark = pytest.mark.django_db(transaction=True)
WHO: dict[str, Any] = {"actor": "bob@panel.example", "reason": "looked there"}


@pytest.fixture
def unknown(order_of, buy, demo, sell, upstream):
    """Place orders of which nobody knows whether they were placed."""
    service = sell(at=upstream)

    def make():
        demo.control(next=["html"])
        order = order_of(service=service)
        buy()
        assert order.purchases.get().state == "unknown"
        return order

    return make


def texts() -> list[str]:
    return [each.text for each in lasting().filter(kind="orders.unknown")]


def test_unknown_purchases_are_told_once_with_their_number_and_the_oldest(unknown):
    assert tasks.watch() == 0
    assert texts() == []
    first = unknown()
    assert tasks.watch() == 1
    since = Purchase.objects.get().claimed_at
    (text,) = texts()
    assert text.startswith(
        f"1 purchase is unknown, the oldest since {since:%Y-%m-%d %H:%M} UTC (order {first.shown_id})"
    )
    unknown()
    assert tasks.watch() == 2
    (text,) = texts()
    assert text.startswith(f"2 purchases are unknown, the oldest since {since:%Y-%m-%d %H:%M} UTC")
    assert Alert.objects.get().path == "/admin/orders/unknownpurchase/"


def test_it_is_over_when_none_is_left_and_told_anew_when_one_comes(unknown):
    order = unknown()
    tasks.watch()
    mark_not_placed(order_id=order.pk, **WHO)
    assert tasks.watch() == 0
    assert texts() == []
    unknown()
    tasks.watch()
    assert len(texts()) == 1
    assert Alert.objects.count() == 2


def test_a_late_answer_that_contradicts_a_decision_is_told_for_its_order(order_of, sell, upstream):
    order = order_of()
    claimed = buying.claim([])
    assert claimed is not None
    Purchase.objects.update(state="unknown")
    mark_not_placed(order_id=order.pk, **WHO)

    buying.record(claimed, Placed("4711", '{"order": 4711}'))
    buying.record(claimed, Placed("4711", '{"order": 4711}'))

    alert = lasting().get(kind="orders.contradicted")
    assert (alert.subject_id, alert.path) == (order.pk, f"/admin/orders/order/{order.pk}/change/")
    assert order.shown_id in alert.text
    assert "it has it under the id 4711" in alert.text
    tasks.watch()
    assert lasting().filter(kind="orders.contradicted").exists()


def test_an_answer_that_bears_a_decision_out_contradicts_nothing(order_of):
    order = order_of()
    claimed = buying.claim([])
    assert claimed is not None
    Purchase.objects.update(state="unknown")
    mark_placed(order_id=order.pk, provider_order_id="4711", **WHO)
    buying.record(claimed, Placed("4711", '{"order": 4711}'))
    assert not lasting().exists()
