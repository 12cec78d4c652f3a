"""babismm 1.0.1: posts forms over a kept connection, booleans as 1 and 0, and raises errors of its own."""

import pytest
import smm

from orders.models import Order
from tests.api_v2.conftest import everything
from tests.clients.conftest import LINK, counted, listed, refusal, shown


@pytest.fixture
def client(panel, alice):
    with smm.SMM(f"{panel}/", alice.key) as client:
        yield client


@pytest.fixture
def order(client, likes):
    """An order of 1000 that the provider does not have yet."""
    return client.add_order(likes.pk, LINK, 1000)["order"]


def test_reads_the_balance(client):
    assert client.get_balance() == {"balance": "100.00", "currency": "USD"}


def test_lists_the_services(client, likes, posts):
    assert client.get_services() == [listed(likes), listed(posts)]


def test_an_empty_catalogue_is_an_empty_list(client):
    assert client.get_services() == []


def test_orders_by_any_of_its_parameters(client, likes, comments):
    plain = client.add_order(likes.pk, LINK, 1000)
    dripped = client.add_order(service=str(likes.pk), link=LINK, quantity=100, runs=2, interval=5)
    said = client.add_order(comments.pk, LINK, comments="Well done!\nI like it", unheard_of=True)
    assert client.get_multi_status([plain["order"], dripped["order"], said["order"]]) == {
        str(plain["order"]): shown("Pending", "0.90", "1000"),
        str(dripped["order"]): shown("Pending", "0.18", "200"),
        str(said["order"]): shown("Pending", "0.02", "2"),
    }


def test_subscribes(client, posts):
    made = client.add_order(posts.pk, username="alice", min=100, max=110, posts=2, delay=30, expiry="31/12/2099")
    assert client.get_status(made["order"]) == {
        "status": "Active",
        "expiry": "31/12/2099",
        "posts": "0",
        "orders": [],
    }
    forever = client.add_order(posts.pk, username="bob", min=100, max=110, delay=0)
    assert client.get_status(forever["order"])["expiry"] is None


def test_asks_for_one_order_and_for_many(client, order, deliver):
    deliver()
    completed = shown("Completed", "0.90", "0", counted(order))
    assert client.get_status(order) == completed
    assert client.get_multi_status([order, "999"]) == {str(order): completed, "999": {"error": "Incorrect order ID"}}


def test_refills_and_asks_for_refills(client, order, deliver):
    deliver()
    refill = client.create_refill(order)["refill"]
    assert client.get_refill_status(refill) == {"status": "Pending"}
    assert client.create_multi_refill([order, "999"]) == [
        {"order": order, "refill": {"error": "The refill task is not completed for this order"}},
        {"order": 999, "refill": {"error": "Incorrect order ID"}},
    ]
    assert client.get_multi_refill_status([refill, 999]) == [
        {"refill": int(refill), "status": "Pending"},
        {"refill": 999, "status": {"error": "Refill not found"}},
    ]


def test_cancels(client, order):
    assert client.cancel_orders([order, 999]) == [
        {"order": order, "cancel": 1},
        {"order": 999, "cancel": {"error": "Incorrect order ID"}},
    ]
    assert client.get_balance() == {"balance": "100.00", "currency": "USD"}


def test_raises_what_the_panel_says_as_an_error_of_the_api(client):
    before = everything()
    assert refusal(smm.SMMAPIError, client.add_order, 999, LINK, 1000) == "Incorrect service ID"
    assert refusal(smm.SMMAPIError, client.get_status, "nonsense") == "Incorrect order ID"
    assert refusal(smm.SMMAPIError, client.create_refill, 999) == "Incorrect order ID"
    assert refusal(smm.SMMAPIError, client.get_refill_status, 999) == "Refill not found"
    assert everything() == before


def test_a_spent_rate_limit_is_a_network_error_with_the_answer_in_it(panel, person):
    client = smm.SMM(panel, person("bob", dialect="classic", requests_per_minute=1).key)
    assert client.get_services() == []
    with client, pytest.raises(smm.SMMNetworkError) as refused:
        client.get_services()
    assert str(refused.value) == "HTTP status error: 429 - Too Many Requests"
    assert refused.value.response.json() == {"error": "Rate limit exceeded"}


def test_two_orders_alike_within_the_window_are_one(client, likes, order):
    assert client.add_order(likes.pk, LINK, 1000) == {"order": order}
    assert Order.objects.count() == 1
