"""Looking for services: by words, category and what they can do, a page at a time."""

from decimal import Decimal

import pytest

from accounts.models import Tier
from catalog.models import Category, PersonalPrice, Service, ServiceType, Source
from catalog.queries import listing, terms
from catalog.searching import at_rates, categories_on_sale, one_on_sale, search

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(sell):
    """Services of three categories, by name, in another order than they were made in."""
    made = {
        fields["name"]: sell(remote_id=fields["name"], **fields)
        for fields in (
            {"name": "Instagram Likes", "category": "Instagram", "refill": True},
            {"name": "Instagram Likes 100% real", "category": "Instagram", "cancel": True},
            {"name": "Followers", "category": "Instagram", "refill": True, "cancel": True},
            {"name": "Likes", "category": "TikTok", "dripfeed": True},
            {"name": "Ödül beğeni", "category": "Türkçe", "type": ServiceType.PACKAGE},
        )
    }
    Category.objects.filter(name="TikTok").update(position=-1)
    Service.objects.filter(name="Followers").update(position=-1)
    return made


def names(**asked):
    return [each.name for each in search(**asked).rows]


def test_without_words_everything_on_sale_is_found_in_the_listings_order(shop):
    page = search()
    assert page.rows == listing()
    assert [each.name for each in page.rows] == [
        *("Likes", "Followers", "Instagram Likes", "Instagram Likes 100% real", "Ödül beğeni")
    ]
    assert (page.page, page.pages, page.total) == (1, 1, 5)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("likes", ["Likes", "Instagram Likes", "Instagram Likes 100% real"]),
        ("LIKES instagram", ["Instagram Likes", "Instagram Likes 100% real"]),
        ("followers instagram", ["Followers"]),
        ("  tiktok\tlikes ", ["Likes"]),
        ("100%", ["Instagram Likes 100% real"]),
        ("%", ["Instagram Likes 100% real"]),
        ("_", []),
        ("\\", []),
        ("ÖDÜL", ["Ödül beğeni"]),
        ("likes nowhere", []),
        ("lik\0es", []),
        ("' OR 1=1 --", []),
        ("9" * 400, []),
        ("²", []),
    ],
)
def test_every_word_occurs_in_the_name_or_the_category_in_whatever_case(shop, text, found):
    assert names(text=text) == found


def test_a_word_may_be_the_id_of_the_service(shop):
    service = shop["Followers"]
    assert names(text=str(service.pk)) == ["Followers"]
    assert names(text=f"{service.pk} instagram") == ["Followers"]
    assert names(text=f"{service.pk} tiktok") == []


def test_no_more_words_are_looked_at_than_ten(shop, django_assert_num_queries):
    words = " ".join(["likes", *(f"{letter}" for letter in "instagr"), "m", "l", *("nowhere" for _ in range(5000))])
    with django_assert_num_queries(2):
        assert names(text=words) == ["Instagram Likes", "Instagram Likes 100% real"]


def test_a_category_a_type_and_what_a_service_can_do_narrow_it_down(shop):
    instagram = shop["Followers"].category_id
    assert names(category_id=instagram) == ["Followers", "Instagram Likes", "Instagram Likes 100% real"]
    assert names(category_id=instagram, refill=True) == ["Followers", "Instagram Likes"]
    assert names(category_id=instagram, refill=True, cancel=False) == ["Instagram Likes"]
    assert names(dripfeed=True) == ["Likes"]
    assert names(type="Package") == ["Ödül beğeni"]
    assert names(text="likes", cancel=True) == ["Instagram Likes 100% real"]
    assert names(category_id=0) == []


def test_what_is_not_on_sale_is_not_found(shop):
    Service.objects.filter(name="Likes").update(active=False)
    Source.objects.filter(service=shop["Followers"]).update(active=False)
    Category.objects.filter(name="Türkçe").update(active=False)
    assert names() == ["Instagram Likes", "Instagram Likes 100% real"]
    assert one_on_sale(shop["Likes"].pk) is None
    assert one_on_sale(shop["Followers"].pk) is None
    assert one_on_sale(shop["Ödül beğeni"].pk) is None
    assert [(name, count) for _, name, count in categories_on_sale()] == [("Instagram", 2)]


def test_pages_follow_one_another_and_the_nearest_stands_for_one_that_is_not_there(shop):
    pages = [search(per_page=2, page=number) for number in (1, 2, 3)]
    assert [each.name for page in pages for each in page.rows] == [each.name for each in listing()]
    assert {(page.pages, page.total) for page in pages} == {(3, 5)}
    assert search(per_page=2, page=99) == pages[2]
    assert search(per_page=2, page=-1) == pages[0]
    nothing = search(text="nowhere", page=7)
    assert (nothing.rows, nothing.page, nothing.pages, nothing.total) == ([], 1, 1, 0)


def test_one_service_is_as_it_is_listed(shop):
    assert one_on_sale(shop["Followers"].pk) == next(each for each in listing() if each.name == "Followers")
    assert [one_on_sale(number) for number in (0, -1, 10**9, 10**30)] == [None] * 4


def test_categories_come_in_the_operators_order_with_how_many_services_each_has(shop):
    assert [(name, count) for _, name, count in categories_on_sale()] == [
        ("TikTok", 1),
        ("Instagram", 3),
        ("Türkçe", 1),
    ]
    assert [pk for pk, _, _ in categories_on_sale()][1] == shop["Followers"].category_id


def test_the_public_rate_knows_no_discount_and_an_account_has_its_own_where_it_is_applied(shop, alice, bob):
    Tier.objects.filter(pk=alice.user.tier_id).update(discount_percent=10)
    PersonalPrice.objects.create(account=alice.user, service=shop["Likes"], rate=Decimal("0.10"))
    rows = search().rows
    assert {each.rate for each in rows} == {Decimal("0.90")}
    rates = {each.name: each.rate for each in at_rates(rows, terms(alice.id))}
    assert (rates.pop("Likes"), set(rates.values())) == (Decimal("0.10"), {Decimal("0.81")})
    assert {each.rate for each in at_rates(rows, terms(bob.id))} == {Decimal("0.81")}


@pytest.mark.parametrize("services", [1, 60])
def test_a_page_takes_as_many_statements_for_one_service_as_for_many(sell, services, django_assert_num_queries):
    for number in range(services):
        sell(name=f"Likes {number}", category=f"Category {number}", remote_id=str(number))
    with django_assert_num_queries(2):
        assert search(text="likes", page=2).total == services
    with django_assert_num_queries(1):
        assert len(categories_on_sale()) == services
