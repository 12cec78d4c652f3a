"""`services`: what is on sale, at the account's own rates, in exactly the types that clients decode."""

import gzip
from decimal import Decimal

import pytest

from accounts.models import Tier
from catalog.models import Category, Service

pytestmark = pytest.mark.django_db


@pytest.fixture
def services(post, alice):
    def ask(**environ):
        return post(key=alice.key, action="services", environ=environ)

    return ask


def test_an_empty_catalogue_is_an_empty_list(services):
    answer = services()
    assert (answer.status, answer.body) == (200, b"[]")


def test_a_service_has_exactly_these_members_in_exactly_these_types(services, sell):
    service = sell(refill=True, average_time=90, description="Real ones.", name="Likes é")
    listed = services().json
    assert listed == [
        {
            "service": service.pk,
            "name": "Likes é",
            "type": "Default",
            "category": "Likes",
            "rate": "0.90",
            "min": "50",
            "max": "10000",
            "refill": True,
            "cancel": False,
            "dripfeed": False,
            "description": "Real ones.",
            "average_time": 90,
        }
    ]
    types = [type(value) for value in listed[0].values()]
    assert types == [int, str, str, str, str, str, str, bool, bool, bool, str, int]


def test_an_average_time_nobody_knows_is_left_out(services, sell):
    sell()
    assert list(services().json[0])[-1] == "description"


def test_what_cannot_be_bought_is_not_listed(services, sell):
    names = ["on sale", "inactive", "in an inactive category", "without a source", "with an inactive source"]
    made = {name: sell(name=name, category=name, remote_id=name) for name in names}
    Service.objects.filter(pk=made["inactive"].pk).update(active=False)
    Category.objects.filter(name="in an inactive category").update(active=False)
    made["without a source"].sources.all().delete()
    made["with an inactive source"].sources.update(active=False)
    assert [each["name"] for each in services().json] == ["on sale"]


def test_they_come_by_category_and_then_by_the_operators_order(services, sell):
    for name, category, position in [("d", "second", 2), ("b", "first", 9), ("c", "second", 1), ("a", "first", 3)]:
        sell(name=name, category=category, position=position, remote_id=name)
    Category.objects.filter(name="first").update(position=1)
    Category.objects.filter(name="second").update(position=2)
    assert [each["name"] for each in services().json] == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("rate", "discount", "shown"),
    [
        ("0.90", "0", "0.90"),
        ("47.32", "0", "47.32"),
        ("0", "0", "0.00"),
        ("10", "0", "10.00"),
        ("0.5", "0", "0.50"),
        ("0.00012345", "0", "0.00012345"),
        ("0.12340000", "0", "0.1234"),
        ("1000000", "0", "1000000.00"),
        ("0.90", "10", "0.81"),
        ("0.90", "100", "0.00"),
        ("0.00000001", "50", "0.00000001"),
        ("0.00000001", "50.01", "0.00"),
        ("0.00000003", "50", "0.00000002"),
        ("0.33333333", "33.33", "0.22223333"),
    ],
)
def test_the_rate_is_what_this_account_pays_rounded_half_up(services, sell, rate, discount, shown):
    sell(rate=rate)
    Tier.objects.update(discount_percent=Decimal(discount))
    assert services().json[0]["rate"] == shown


def test_the_rate_shown_is_the_rate_charged(services, post, alice, sell):
    service = sell(rate="0.33333333")
    Tier.objects.update(discount_percent=Decimal("33.33"))
    assert services().json[0]["rate"] == "0.22223333"
    form = {"service": service.pk, "link": "https://example.com/a", "quantity": 1500, "request_id": "1"}
    order = post(key=alice.key, action="add", **form).json["order"]
    # 0.22223333 * 1.5 = 0.333349995, half up.
    assert post(key=alice.key, action="status", order=order).json["charge"] == "0.33335"
    assert post(key=alice.key, action="balance").json["balance"] == "99.66665"


def test_a_package_is_billed_by_its_minimum_whatever_quantity_is_sent(post, alice, sell):
    service = sell(type="Package", rate="2.50", min=3, max=3)
    for request_id, quantity in enumerate(["", "1000", "nonsense"]):
        form = {"service": service.pk, "link": "https://example.com/a", "quantity": quantity, "request_id": request_id}
        order = post(key=alice.key, action="add", **form).json["order"]
        status = post(key=alice.key, action="status", order=order).json
        assert (status["charge"], status["remains"]) == ("7.50", "3")


def test_a_free_service_is_ordered_without_money(post, person, sell):
    alice = person("alice", deposit="0")
    form = {"service": sell(rate="0").pk, "link": "https://example.com/a", "quantity": 100, "request_id": 1}
    order = post(key=alice.key, action="add", **form).json["order"]
    assert post(key=alice.key, action="status", order=order).json["charge"] == "0.00"


def test_whoever_has_the_list_already_is_told_that_nothing_changed(services, sell):
    service = sell()
    first = services()
    tag = first.headers["ETag"]
    assert first.headers["Cache-Control"] == "private, no-cache"
    for sent in (tag, tag.removeprefix("W/"), f'"other", {tag}'):
        again = services(HTTP_IF_NONE_MATCH=sent)
        assert (again.status, again.body) == (304, b"")
        assert again.headers["ETag"] == tag
        assert again.headers["X-RateLimit-Limit"] == "100"
    Service.objects.filter(pk=service.pk).update(rate=Decimal("0.91"))
    changed = services(HTTP_IF_NONE_MATCH=tag)
    assert (changed.status, changed.json[0]["rate"]) == (200, "0.91")
    assert changed.headers["ETag"] != tag


@pytest.mark.parametrize("sent", ["", "*x", '"', "W/", '""', "\x00", "x" * 60_000])
def test_a_tag_that_is_none_of_ours_gets_the_whole_list(services, sell, sent):
    sell()
    assert services(HTTP_IF_NONE_MATCH=sent).status == 200


def test_a_balance_has_no_tag(post, alice):
    assert "ETag" not in post(key=alice.key, action="balance").headers


@pytest.mark.parametrize(("action", "ids"), [("cancel", "orders"), ("refill", "orders"), ("refill_status", "refills")])
def test_a_batch_has_no_tag_and_is_always_answered_in_full(post, alice, action, ids):
    first = post(key=alice.key, action=action, **{ids: "1,2"})
    tag = first.headers.get("ETag", "*")
    again = post(environ={"HTTP_IF_NONE_MATCH": tag}, key=alice.key, action=action, **{ids: "1,2"})
    assert (again.status, again.body) == (200, first.body)
    assert "ETag" not in first.headers
    assert first.headers["Cache-Control"] == "no-store"


def test_accounts_with_other_rates_have_other_tags(post, person, sell):
    sell()
    alice, carol = person("alice"), person("carol", deposit="500")
    Tier.objects.filter(name="Reseller").update(discount_percent=5)
    mine, hers = (post(key=each.key, action="services") for each in (alice, carol))
    assert (mine.json[0]["rate"], hers.json[0]["rate"]) == ("0.90", "0.855")
    tag = mine.headers["ETag"]
    assert post(key=carol.key, action="services", environ={"HTTP_IF_NONE_MATCH": tag}).status == 200


def test_a_long_list_can_be_had_compressed_and_is_the_same(services, sell):
    for number in range(40):
        sell(name=f"service {number}", remote_id=str(number))
    plain, small = services(), services(HTTP_ACCEPT_ENCODING="gzip, deflate")
    assert gzip.decompress(small.body) == plain.body
    assert len(small.body) < len(plain.body) / 4
    assert small.headers["ETag"] == plain.headers["ETag"]
    assert services(HTTP_ACCEPT_ENCODING="gzip", HTTP_IF_NONE_MATCH=plain.headers["ETag"]).status == 304
