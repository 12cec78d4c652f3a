"""The list of an account's orders: what it shows, how it is narrowed down, and how one goes through it."""

import re
from datetime import UTC, datetime

import pytest
from django.test import Client

from orders.models import Order
from tests.conftest import MakeService, Person
from tests.dashboard.orders.conftest import PlaceFor

pytestmark = pytest.mark.django_db
ORDERS = "/dashboard/orders"


def listed(client: Client, query: str = "") -> list[str]:
    """Return the orders of the page, as their links name them."""
    page = client.get(f"{ORDERS}{query}").content.decode()
    return re.findall(r'<a class="mono" href="/dashboard/orders/(ord_\w+)">', page)


def end(order: Order, status: str) -> None:
    ended = datetime(2026, 5, 2, tzinfo=UTC)
    Order.objects.filter(pk=order.pk).update(status=status, ended_at=ended)


def test_shows_the_accounts_own_the_newest_first(
    alices: Client, alice: Person, bob: Person, order_for: PlaceFor
) -> None:
    first, second = order_for(alice), order_for(alice)
    order_for(bob)
    assert listed(alices) == [second.shown_id, first.shown_id]


def test_shows_what_an_order_costs_and_what_came_back(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice, name="Likes & more", link="https://example.com/?a=1&b=<2>")
    Order.objects.filter(pk=order.pk).update(status="partial", refunded="0.3", remains=333, ended_at="2026-05-02T00Z")
    page = alices.get(ORDERS).content.decode()
    assert "Likes &amp; more" in page
    assert "https://example.com/?a=1&amp;b=&lt;2&gt;" in page
    assert "$0.60" in page
    assert "$0.30 refunded" in page
    assert '<span class="badge warn">Partial</span>' in page


def test_is_narrowed_down(alices: Client, alice: Person, sell: MakeService, order_for: PlaceFor) -> None:
    views = sell(name="Views", remote_id="2")
    one = order_for(alice, link="https://example.com/one")
    two = order_for(alice, service=views)
    end(one, "completed")
    Order.objects.filter(pk=one.pk).update(created_at=datetime(2026, 5, 1, 12, tzinfo=UTC))
    assert listed(alices, "?status=completed") == [one.shown_id]
    assert listed(alices, f"?service={views.pk}") == [two.shown_id]
    assert listed(alices, "?link=https://example.com/one") == [one.shown_id]
    assert listed(alices, f"?link={two.shown_id}") == [two.shown_id]
    assert listed(alices, f"?link={two.pk}") == [two.shown_id]
    assert listed(alices, "?since=2026-05-01&until=2026-05-01") == [one.shown_id]
    assert listed(alices, "?until=2026-04-30") == []
    assert listed(alices, f"?status=completed&service={views.pk}") == []


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("?service=x", "Enter a whole number."),
        ("?service=99999999999", "Ensure this value is less than or equal to 2147483647."),
        ("?since=yesterday", "Enter a valid date."),
        ("?link=%00", "Null characters are not allowed."),
    ],
)
def test_nonsense_in_a_filter_is_said_to_be_and_narrows_nothing_down(
    alices: Client, alice: Person, order_for: PlaceFor, query: str, says: str
) -> None:
    order = order_for(alice)
    assert says in alices.get(f"{ORDERS}{query}").content.decode()
    assert listed(alices, query) == [order.shown_id]


@pytest.mark.parametrize("query", ["?status=nonsense", "?before=x", "?after=-1", "?before=" + "9" * 30])
def test_nonsense_elsewhere_in_the_address_is_no_error(
    alices: Client, alice: Person, order_for: PlaceFor, query: str
) -> None:
    order = order_for(alice)
    assert listed(alices, query) == [order.shown_id]


def test_a_filter_stays_in_the_tabs_and_in_the_export(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice)
    page = alices.get(f"{ORDERS}?link={order.shown_id}&before=99999").content.decode()
    assert f'href="?link={order.shown_id}&amp;status=pending"' in page
    assert f'href="/dashboard/orders.csv?link={order.shown_id}"' in page


def test_goes_through_them_slice_by_slice(
    alices: Client, alice: Person, order_for: PlaceFor, sell: MakeService
) -> None:
    service = sell()
    made = [order_for(alice, service=service, quantity=50).shown_id for _ in range(52)][::-1]
    page = alices.get(ORDERS).content.decode()
    assert listed(alices) == made[:50]
    older = re.search(r'rel="next" href="(\?[^"]+)"', page)
    assert older
    assert listed(alices, older[1]) == made[50:]
    page = alices.get(f"{ORDERS}{older[1]}").content.decode()
    newer = re.search(r'rel="prev" href="(\?[^"]+)"', page)
    assert newer
    assert listed(alices, newer[1]) == made[:50]


def test_an_empty_list_leads_to_a_first_order(alices: Client) -> None:
    page = alices.get(ORDERS).content.decode()
    assert "There are no orders yet." in page
    assert 'href="/dashboard/orders/new"' in page
    assert "No order is like that." in alices.get(f"{ORDERS}?status=failed").content.decode()


def test_no_more_statements_for_many_than_for_one(
    alices: Client, alice: Person, order_for: PlaceFor, sell: MakeService, django_assert_num_queries
) -> None:
    service = sell()
    order_for(alice, service=service, quantity=50)
    alices.get("/dashboard/balance")  # from here on it is in the cache
    statements = 3  # the session, who it is, the orders
    with django_assert_num_queries(statements):
        alices.get(ORDERS)
    for _ in range(60):
        order_for(alice, service=service, quantity=50)
    with django_assert_num_queries(statements):
        alices.get(ORDERS)
