"""smmpy 0.1.0: posts forms, every value turned into text, and raises `Exception` with the text of an error."""

from typing import Any

import pytest
import smmpy

from orders.models import Order
from tests.api_v2.conftest import charges, everything
from tests.clients.conftest import LINK, counted, listed, refusal, shown


@pytest.fixture
def client(panel, alice):
    return smmpy.smm(panel, alice.key)


@pytest.fixture
def order(client, likes):
    """An order of 1000 that the provider does not have yet."""
    return client.add_order(likes.pk, LINK, 1000)["order"]


def test_reads_the_balance(client):
    assert client.get_balance() == {"balance": "100.00", "currency": "USD"}


def test_lists_the_services(client, likes, comments):
    assert client.get_services() == [listed(likes), listed(comments, rate="10.00", min="1")]


def test_orders(client, likes, alice):
    order = client.add_order(likes.pk, LINK, 1000)
    made = Order.objects.get()
    assert order == {"order": made.pk}
    assert (made.link, made.quantity, made.runs) == (LINK, 1000, 1)
    assert client.get_balance() == {"balance": "99.10", "currency": "USD"}


def test_orders_comments_and_a_drip_feed(client, likes, comments):
    said = client.add_order(comments.pk, LINK, 2, comments="Well done!\nI like it")
    dripped = client.add_order(str(likes.pk), LINK, 100, runs=3, interval=60)
    assert client.get_status(said["order"]) == shown("Pending", "0.02", "2")
    assert client.get_status(dripped["order"]) == shown("Pending", "0.27", "300")


def test_an_order_sent_again_is_the_same_order(client, likes, order, alice):
    assert client.add_order(likes.pk, LINK, 1000) == {"order": order}
    assert len(charges(alice)) == 1


def test_asks_for_one_order_and_for_many(client, order, deliver):
    assert client.get_status(order) == shown("Pending", "0.90", "1000")
    deliver()
    completed = shown("Completed", "0.90", "0", counted(order))
    assert client.get_status(str(order)) == completed
    assert client.get_multi_status([order, 999]) == {
        str(order): completed,
        "999": {"error": "Incorrect order ID"},
    }


def test_refills_and_asks_for_refills(client, order, deliver):
    deliver()
    refill = client.create_refill(order)["refill"]
    assert refill.isdigit()
    assert client.get_refill_status(refill) == {"status": "Pending"}
    deliver()
    assert client.get_refill_status(refill) == {"status": "Completed"}
    second, missing = client.create_multi_refill([order, 999])
    assert second == {"order": order, "refill": int(refill) + 1}
    assert missing == {"order": 999, "refill": {"error": "Incorrect order ID"}}
    assert client.get_multi_refill_status([refill, 999]) == [
        {"refill": int(refill), "status": "Completed"},
        {"refill": 999, "status": {"error": "Refill not found"}},
    ]


def test_cancels(client, order):
    assert client.cancel_orders([order, 999]) == [
        {"order": order, "cancel": 1},
        {"order": 999, "cancel": {"error": "Incorrect order ID"}},
    ]
    assert client.get_status(order) == shown("Canceled", "0.00", "1000")


REFUSED_ORDERS: list[tuple[dict[str, Any], str]] = [
    ({"service": 999}, "Incorrect service ID"),
    ({"link": "nonsense"}, "Bad link"),
    ({"quantity": 49}, "Quantity less than minimal 50"),
    ({"quantity": 10_001}, "Quantity more than maximum 10000"),
    ({"quantity": "many"}, "Incorrect request"),
    ({"runs": 3}, "Incorrect request"),
]


def test_raises_why_an_order_is_refused(client, likes):
    before = everything()
    wanted = {"service": likes.pk, "link": LINK, "quantity": 1000}
    heard = [refusal(Exception, client.add_order, **wanted | changes) for changes, _ in REFUSED_ORDERS]
    assert heard == [text for _, text in REFUSED_ORDERS]
    assert everything() == before


def test_raises_that_an_id_is_wrong(client):
    assert refusal(Exception, client.get_status, 999) == "Incorrect order ID"
    assert refusal(Exception, client.create_refill, 999) == "Incorrect order ID"
    assert refusal(Exception, client.get_refill_status, 999) == "Refill not found"


def test_raises_that_the_balance_is_too_low(panel, person, likes):
    poor = smmpy.smm(panel, person("bob", deposit="0.89", dialect="classic").key)
    before = everything()
    assert refusal(Exception, poor.add_order, likes.pk, LINK, 1000) == "Not enough funds on balance"
    assert everything() == before


def test_hears_of_a_wrong_key_where_classic_is_the_default(panel, settings, db):
    stranger = smmpy.smm(panel, "wrong")
    settings.API_DEFAULT_DIALECT = "classic"
    assert refusal(Exception, stranger.get_balance) == "Invalid API key"
    settings.API_DEFAULT_DIALECT = "standard"
    assert refusal(Exception, stranger.get_balance) == f"400 Client Error: Bad Request for url: {panel}"
