"""safesmm 0.1.0: posts forms by the standard library alone, and raises an error whatever its HTTP status is."""

import pytest
import safesmm

from orders.models import Order
from tests.api_v2.conftest import everything
from tests.clients.conftest import LINK, hears_of_orders, listed, refusal, shown


@pytest.fixture
def client(panel, alice):
    return safesmm.SafeSMM(alice.key, api_url=panel)


@pytest.fixture
def order(client, likes):
    """An order of 1000 that the provider does not have yet."""
    return client.add_order(likes.pk, LINK, 1000)["order"]


def test_reads_the_balance(client):
    assert client.balance() == {"balance": "100.00", "currency": "USD"}


def test_lists_the_services(client, likes):
    assert client.services() == [listed(likes)]


def test_orders_with_whatever_else_is_given(client, likes, comments):
    plain = client.add_order(likes.pk, LINK, 1000)
    dripped = client.add_order(likes.pk, LINK, 100, runs=5, interval=30)
    said = client.add_order(comments.pk, LINK, comments="a\nb")
    assert [plain, dripped, said] == [{"order": each.pk} for each in Order.objects.order_by("pk")]
    assert client.balance() == {"balance": "98.63", "currency": "USD"}


def test_asks_for_one_order_and_for_many(client, order, deliver):
    deliver()
    hears_of_orders(client, order)


def test_refills(client, order, deliver):
    assert refusal(safesmm.SafeSMMError, client.refill, order) == "The order is not completed"
    deliver()
    assert client.refill(order)["refill"].isdigit()
    assert refusal(safesmm.SafeSMMError, client.refill, order) == "The refill task is not completed for this order"


def test_a_service_that_does_not_refill_says_so(client, comments, deliver):
    order = client.add_order(comments.pk, LINK, comments="a")["order"]
    deliver()
    assert refusal(safesmm.SafeSMMError, client.refill, order) == "Refill is disabled for this service"


def test_cancels_one_or_many(client, order):
    assert client.cancel(order) == [{"order": order, "cancel": 1}]
    assert client.cancel([str(order), 999]) == [
        {"order": order, "cancel": 1},
        {"order": 999, "cancel": {"error": "Incorrect order ID"}},
    ]
    assert client.status(order) == shown("Canceled", "0.00", "1000")


def test_raises_what_the_panel_says(client):
    before = everything()
    assert refusal(safesmm.SafeSMMError, client.add_order, 999, LINK, 1000) == "Incorrect service ID"
    assert refusal(safesmm.SafeSMMError, client.status, "nonsense") == "Incorrect order ID"
    assert refusal(safesmm.SafeSMMError, client.refill, 999) == "Incorrect order ID"
    assert everything() == before


def test_a_spent_rate_limit_is_raised_in_its_words(panel, person):
    client = safesmm.SafeSMM(person("bob", dialect="classic", requests_per_minute=1).key, api_url=panel)
    assert client.services() == []
    assert refusal(safesmm.SafeSMMError, client.services) == "Rate limit exceeded"
