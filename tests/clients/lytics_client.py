"""lytics-smm-demo 0.1.1: posts JSON with numbers in it, and hands back whatever is answered.

It asks for refills by `order`, which is no refill's id: what it hears of those is what any panel tells it.
"""

import json
from typing import Any

import lytics
import lytics.main
import pytest

from orders.models import Order, Refill
from tests.api_v2.conftest import everything
from tests.clients.conftest import LINK, hears_of_orders, listed, shown


@pytest.fixture
def client(panel, alice, monkeypatch):
    # The one thing it lets nobody choose is the address: a variable of the module.
    monkeypatch.setattr(lytics.main, "api_url", panel)
    return lytics.Lytics(alice.key)


@pytest.fixture
def order(client, likes):
    """An order of 1000 that the provider does not have yet."""
    return client.order(likes.pk, link=LINK, quantity=1000)["order"]


def test_reads_the_balance(client):
    assert client.balance() == {"balance": "100.00", "currency": "USD"}


def test_lists_the_services_as_text(client, likes):
    assert json.loads(client.services()) == [listed(likes)]


def test_orders_with_whatever_is_given(client, likes, comments, posts):
    plain = client.order(service_id=likes.pk, link=LINK, quantity=100, runs=2, interval=5)
    said = client.order(service_id=comments.pk, link=LINK, comments="good pic\ngreat photo\n:)\n;)")
    subscribed = client.order(posts.pk, username="username", min=100, max=110, old_posts=5, delay=30)
    assert [plain, said, subscribed] == [{"order": each.pk} for each in Order.objects.order_by("pk")]
    assert client.multi_status([plain["order"], said["order"], subscribed["order"]]) == {
        str(plain["order"]): shown("Pending", "0.18", "200"),
        str(said["order"]): shown("Pending", "0.04", "4"),
        str(subscribed["order"]): {"status": "Active", "expiry": None, "posts": "0", "orders": []},
    }


def test_asks_for_one_order_and_for_many(client, order, deliver):
    deliver()
    hears_of_orders(client, order)


def test_refills_one_and_many(client, order, deliver):
    deliver()
    answer = client.refill(order)
    assert answer == {"refill": str(Refill.objects.get().pk)}
    assert client.multi_refill([order, 999]) == [
        {"order": order, "refill": {"error": "The refill task is not completed for this order"}},
        {"order": 999, "refill": {"error": "Incorrect order ID"}},
    ]


def test_is_told_that_it_asks_for_refills_by_a_parameter_there_is_not(client, order, deliver):
    deliver()
    refill = client.refill(order)["refill"]
    assert client.refill_status(refill) == {"error": "Incorrect request"}
    assert client.multi_refill_status([refill, 999]) == {"error": "Incorrect request"}


REFUSED_ORDERS: list[tuple[dict[str, Any], str]] = [
    ({"service_id": 999}, "Incorrect service ID"),
    ({"link": None}, "Bad link"),
    ({"quantity": None}, "Incorrect request"),
    ({"quantity": [1000]}, "Incorrect request"),
    ({"quantity": 49}, "Quantity less than minimal 50"),
]


def test_hands_back_why_an_order_is_refused(client, likes):
    before = everything()
    wanted = {"service_id": likes.pk, "link": LINK, "quantity": 1000}
    heard = [client.order(**wanted | changes) for changes, _ in REFUSED_ORDERS]
    assert heard == [{"error": text} for _, text in REFUSED_ORDERS]
    assert everything() == before


def test_hands_back_that_an_id_is_wrong(client):
    assert client.status(999) == {"error": "Incorrect order ID"}
    assert client.refill("nonsense") == {"error": "Incorrect order ID"}
