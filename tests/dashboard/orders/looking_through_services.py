"""The catalogue at an account's own prices: what is found, and what it costs her."""

import re
from decimal import Decimal

import pytest
from django.test import Client

from catalog.models import Service
from catalog.operations.personal_prices import add_personal_price
from tests.conftest import MakeService, Person

pytestmark = pytest.mark.django_db


def found(client: Client, query: str = "") -> list[int]:
    """Return the services of the page, by the buttons that order them."""
    page = client.get(f"/dashboard/services{query}").content.decode()
    return [int(number) for number in re.findall(r"/dashboard/orders/new\?service=(\d+)", page)]


@pytest.fixture
def likes(sell: MakeService) -> Service:
    return sell(name="Likes, quick", refill=True)


@pytest.fixture
def views(sell: MakeService) -> Service:
    return sell(name="Views", category="Videos", type="Package", dripfeed=True, description="<b>Quick</b>\nand good")


def test_shows_what_is_on_sale_and_nothing_else(alices: Client, likes: Service, views: Service) -> None:
    assert found(alices) == [likes.pk, views.pk]
    views.active = False
    views.save()
    assert found(alices) == [likes.pk]


def test_the_rates_are_what_the_account_pays(alices: Client, alice: Person, likes: Service) -> None:
    assert "<b>$0.90</b>" in alices.get("/dashboard/services").content.decode()
    add_personal_price(account=alice.user, service=likes, rate=Decimal("0.7654321"), actor="the test")
    page = alices.get("/dashboard/services").content.decode()
    assert "<b>$0.7654321</b>" in page
    assert "$0.90" not in page


@pytest.mark.parametrize(
    ("query", "finds"),
    [
        ("?q=quick", ["likes"]),
        ("?q=videos", ["views"]),
        ("?q=nothing+of+the+kind", []),
        ("?type=Package", ["views"]),
        ("?refill=on", ["likes"]),
        ("?dripfeed=on", ["views"]),
        ("?refill=on&dripfeed=on", []),
        ("?cancel=on", []),
        ("?page=9", ["likes", "views"]),
    ],
)
def test_finds_by_words_and_by_what_it_can_do(
    alices: Client, likes: Service, views: Service, query: str, finds: list[str]
) -> None:
    assert found(alices, query) == [{"likes": likes, "views": views}[name].pk for name in finds]


def test_finds_by_category(alices: Client, likes: Service, views: Service) -> None:
    assert found(alices, f"?category={views.category_id}") == [views.pk]


@pytest.mark.parametrize(
    "query", ["?category=x", "?category=999999", "?type=Nonsense", "?page=-1", "?page=x", "?q=%00"]
)
def test_nonsense_in_the_address_is_no_error(alices: Client, likes: Service, query: str) -> None:
    assert alices.get(f"/dashboard/services{query}").status_code == 200


def test_an_unknown_category_is_said_to_be_one_and_narrows_nothing_down(alices: Client, likes: Service) -> None:
    page = alices.get("/dashboard/services?category=999999").content.decode()
    assert "Select a valid choice. 999999 is not one of the available choices." in page
    assert found(alices, "?category=999999") == [likes.pk]


def test_a_description_is_text(alices: Client, views: Service) -> None:
    assert "&lt;b&gt;Quick&lt;/b&gt;<br>and good" in alices.get("/dashboard/services").content.decode()


def test_a_page_has_a_hundred_and_leads_to_the_next(alices: Client, sell: MakeService) -> None:
    made = [sell(remote_id=str(each)).pk for each in range(103)]
    first = alices.get("/dashboard/services?q=likes").content.decode()
    assert found(alices, "?q=likes") == made[:100]
    assert 'href="?q=likes&amp;page=2"' in first
    assert found(alices, "?q=likes&page=2") == made[100:]


def test_no_more_statements_for_many_than_for_one(alices: Client, sell: MakeService, django_assert_num_queries) -> None:
    sell()
    alices.get("/dashboard/balance")  # from here on it is in the cache
    statements = 6  # the session, who it is, the prices, the categories, how many, which
    with django_assert_num_queries(statements):
        alices.get("/dashboard/services")
    for each in range(60):
        sell(remote_id=str(each), description="what it is")
    with django_assert_num_queries(statements):
        alices.get("/dashboard/services")
