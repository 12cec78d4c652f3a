"""Choosing the service of a new order among thousands."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from catalog.models import Service
from catalog.operations.personal_prices import add_personal_price
from orders.models import Order
from orders.operations import place
from tests.conftest import MakeService, Person
from tests.dashboard.orders.conftest import NEW, PlaceFor, hidden_of

pytestmark = pytest.mark.django_db


def hits(client: Client, query: str = "") -> list[int]:
    """Return the services that can be chosen."""
    page = client.get(f"{NEW}{query}").content.decode()
    return [int(number) for number in re.findall(r'<a href="\?(?:[^"]*&amp;)?service=(\d+)"', page)]


def test_finds_by_words_and_category(alices: Client, sell: MakeService) -> None:
    likes, views = sell(name="Likes, quick"), sell(name="Views", category="Videos")
    assert hits(alices) == [likes.pk, views.pk]
    assert hits(alices, "?q=quick") == [likes.pk]
    assert hits(alices, f"?category={views.category_id}") == [views.pk]
    assert hits(alices, "?q=nothing") == []


def test_shows_fifty_and_says_that_there_are_more(alices: Client, sell: MakeService) -> None:
    made = [sell(remote_id=str(each)).pk for each in range(51)]
    assert hits(alices) == made[:50]
    page = alices.get(NEW).content.decode()
    assert "The first 50 of 51: search with more words for the others." in page


def test_shows_what_this_account_pays(alices: Client, alice: Person, service: Service) -> None:
    add_personal_price(account=alice.user, service=service, rate=Decimal("0.7654321"), actor="the test")
    page = alices.get(NEW).content.decode()
    assert "<b>$0.7654321</b>" in page
    assert "$0.90" not in page


def test_a_chosen_one_is_described_beside_its_form(alices: Client, sell: MakeService) -> None:
    service = sell(name="Likes & more", description="<i>Quick</i>\nand good", average_time=200)
    page = alices.get(f"{NEW}?service={service.pk}").content.decode()
    assert "Likes &amp; more</h2>" in page
    assert "&lt;i&gt;Quick&lt;/i&gt;<br>and good" in page
    assert "Usually takes 3 h 20 min." in page
    assert "From 50 to 10000." in page
    assert hidden_of(page)["service"] == str(service.pk)


def test_the_address_fills_in_the_form(alices: Client, service: Service) -> None:
    page = alices.get(f"{NEW}?service={service.pk}&link=https://example.com/p&quantity=70").content.decode()
    assert 'name="link" value="https://example.com/p"' in page
    assert 'name="quantity" value="70"' in page


@pytest.mark.parametrize("wanted", ["999999", "x", "-1", "9" * 40, "%00", "%C2%B2"])
def test_one_that_is_not_on_sale_leads_back_to_choosing(alices: Client, service: Service, wanted: str) -> None:
    page = alices.get(f"{NEW}?service={wanted}").content.decode()
    assert "This service is not on sale. Choose another one." in page
    assert "Choose a service</h2>" in page


def test_one_off_the_shelves_tells_nothing_of_itself(alices: Client, sell: MakeService) -> None:
    service = sell(name="A secret", active=False)
    assert "A secret" not in alices.get(f"{NEW}?service={service.pk}").content.decode()


def again(client: Client, order: Order) -> str:
    return client.get(f"{NEW}?again={order.shown_id}").content.decode()


def test_ordering_again_fills_in_all_of_it(alices: Client, alice: Person, sell: MakeService) -> None:
    service = sell(type="Web Traffic", dripfeed=True)
    given = {"link": "https://example.com/p", "quantity": "100", "country": "US", "device": "5"}
    given |= {"type_of_traffic": "2", "referring_url": "https://example.org/", "runs": "3", "interval": "30"}
    placed = place(account_id=alice.id, params={"service": str(service.pk), **given}, request_id="r-1")
    page = again(alices, Order.objects.get(pk=placed.id))
    for name in ("link", "quantity", "country", "referring_url", "runs", "interval"):
        assert f'name="{name}" value="{given[name]}"' in page
    assert '<option value="5" selected>Any device</option>' in page
    assert '<option value="2" selected>From another page</option>' in page


def test_ordering_again_fills_in_days_and_lines(alices: Client, alice: Person, sell: MakeService) -> None:
    params = {"username": "alice", "min": "50", "max": "60", "delay": "5", "expiry": "31/12/2099"}
    subscription = {"service": str(sell(type="Subscriptions").pk), **params}
    placed = place(account_id=alice.id, params=subscription, request_id="r-1")
    assert 'name="expiry" value="2099-12-31"' in again(alices, Order.objects.get(pk=placed.id))

    lines = {"link": "https://example.com", "comments": "one\ntwo"}
    comments = {"service": str(sell(type="Custom Comments", min=1, remote_id="2").pk), **lines}
    placed = place(account_id=alice.id, params=comments, request_id="r-2")
    assert "one\ntwo</textarea>" in again(alices, Order.objects.get(pk=placed.id))


def test_nobody_orders_again_what_is_somebody_elses(bobs: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice)
    assert bobs.get(f"{NEW}?again={order.shown_id}").status_code == 404
    assert bobs.get(f"{NEW}?again=nonsense").status_code == 404


def test_no_more_statements_for_many_than_for_one(alices: Client, sell: MakeService, django_assert_num_queries) -> None:
    chosen = sell()
    alices.get("/dashboard/balance")  # from here on it is in the cache
    statements = 6  # the session, who it is, the prices, the categories, how many, which
    with django_assert_num_queries(statements):
        alices.get(NEW)
    for each in range(60):
        sell(remote_id=str(each))
    with django_assert_num_queries(statements):
        alices.get(NEW)
    with django_assert_num_queries(statements + 2):  # the one that is chosen, and its price
        alices.get(f"{NEW}?service={chosen.pk}")
