"""The rate card: everything on sale, without any discount, for anybody, in as many statements whatever there is."""

import re

import pytest
from django.test import Client

from accounts.models import Tier
from catalog.models import Category, Service, Source
from providers.models import Provider
from tests.admin.conftest import text
from tests.conftest import MakeService, Person

pytestmark = pytest.mark.django_db


def ids(answer) -> list[int]:
    return [int(each) for each in re.findall(r'<td class="number quiet id">(\d+)</td>', answer.content.decode())]


@pytest.fixture
def shop(sell: MakeService) -> dict[str, Service]:
    return {
        "likes": sell(
            name="Likes, quick", category="Instagram", refill=True, average_time=95, description="<b>Quick</b>"
        ),
        "views": sell(name="Views", category="Videos <all>", type="Package", rate="12.5", cancel=True, dripfeed=True),
    }


def test_a_stranger_sees_all_there_is_to_know_of_a_service(client: Client, shop) -> None:
    answer = client.get("/services")
    page = text(answer)
    assert ids(answer) == [shop["likes"].pk, shop["views"].pk]
    for told in (
        *("2 services", "Instagram", "Likes, quick", "$0.90per 1000", "50 \u2013 10000", "1 h 35 min"),
        *("Description", "<b>Quick</b>", "Videos <all>", "Package", "$12.50each"),
    ):
        assert told in page, told
    assert "<b>Quick</b>" not in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=quick", ["likes"]),
        ("q=videos", ["views"]),
        ("q=nothing", []),
        ("type=Package", ["views"]),
        ("refill=on", ["likes"]),
        ("cancel=on&dripfeed=on", ["views"]),
        ("cancel=on&refill=on", []),
        ("page=7", ["likes", "views"]),
        ("page=x&type=nonsense", ["likes", "views"]),
        ("q=%00", ["likes", "views"]),
        (f"q={'9' * 5000}", ["likes", "views"]),
    ],
)
def test_is_narrowed_down_by_its_address(client: Client, shop, query: str, found: list[str]) -> None:
    answer = client.get(f"/services?{query}")
    assert answer.status_code == 200
    assert ids(answer) == [shop[name].pk for name in found]


def test_is_narrowed_down_to_a_category(client: Client, shop) -> None:
    answer = client.get("/services", {"category": shop["views"].category_id})
    page = answer.content.decode()
    assert ids(answer) == [shop["views"].pk]
    assert f'<option value="{shop["views"].category_id}" selected>Videos &lt;all&gt; (1)</option>' in page
    assert page.count(" selected>") == 3  # the type, and the colours and the language at the foot, are as they were


def test_an_address_without_a_category_chooses_none(client: Client, shop) -> None:
    assert '<option value="" selected>All categories</option>' in client.get("/services").content.decode()


def test_a_stranger_and_somebody_with_a_discount_read_the_same_rates(client: Client, shop, alice: Person) -> None:
    Tier.objects.filter(pk=alice.user.tier_id).update(discount_percent=50)
    client.force_login(alice.user)
    answer = client.get("/services")
    assert "$0.90per 1000" in text(answer)
    assert '<a href="/dashboard/services">What your account pays</a>' in answer.content.decode()


def test_htmx_is_given_the_list_that_it_asks_for(client: Client, shop) -> None:
    answer = client.get("/services?q=quick", headers={"HX-Request": "true"})
    assert ids(answer) == [shop["likes"].pk]
    assert '<div id="services">' in answer.content.decode()


def test_a_hundred_stand_on_a_page_and_every_page_has_its_address(client: Client, many, settings) -> None:
    settings.PANEL_URL = "https://panel.example"
    many(150)
    first, second = (client.get("/services", {"q": "likes", "page": page}) for page in (1, 2))
    assert (len(ids(first)), len(ids(second))) == (100, 50)
    assert not set(ids(first)) & set(ids(second))
    assert 'href="?q=likes&amp;page=2"' in first.content.decode()
    assert '<link rel="canonical" href="https://panel.example/services">' in first.content.decode()
    assert '<link rel="canonical" href="https://panel.example/services?page=2">' in second.content.decode()


@pytest.fixture
def many(provider: Provider):
    """Put so many services on sale at once."""

    def make(count: int) -> None:
        categories = [Category.objects.create(name=f"Category {number}") for number in range(10)]
        services = Service.objects.bulk_create(
            Service(category=categories[number % 10], name=f"Likes {number}", min=50, max=10_000, rate=1)
            for number in range(count)
        )
        Source.objects.bulk_create(
            Source(service=service, provider=provider, remote_id=str(service.pk), cost=1) for service in services
        )

    return make


@pytest.mark.parametrize("services", [1, 100, 5000])
def test_takes_three_statements_whatever_there_is(
    client: Client, many, services: int, django_assert_num_queries
) -> None:
    many(services)
    for query in ("", "?q=likes", "?page=30", "?q=category+7&refill=on"):
        with django_assert_num_queries(3):
            client.get(f"/services{query}")
