"""What one account pays in place of its tier's price: shown by `services` and charged by `add`, always the same."""

import itertools
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from accounts.models import Tier
from catalog.models import PersonalPrice, Service
from catalog.operations import add_personal_price, change_personal_price, remove_personal_price
from events.models import Event
from orders.models import Order
from tests.api_v2.conftest import LINK, books_agree, charges

pytestmark = pytest.mark.django_db
requests = itertools.count(1)
money = some.decimals(0, 50, places=8)
percent = some.decimals(0, 100, places=2)


@pytest.fixture
def shown(post, service):
    """The rate that `services` shows a person."""

    def ask(person):
        (listed,) = post(key=person.key, action="services").json
        return listed["rate"]

    return ask


@pytest.fixture
def person_without_limits(person, settings):
    """Alice with all the money that many orders take, and no rate limit."""
    settings.RATE_LIMIT_IP = settings.RATE_LIMIT_KEY = None
    settings.RATE_LIMIT_TIER = False
    return person("alice", deposit="1000000")


def agree(person, service=None, **price) -> PersonalPrice:
    values = {name: Decimal(value) for name, value in price.items()}
    return add_personal_price(account=person.user, service=service, actor="bob", **values)


@pytest.mark.parametrize(
    ("tier", "own", "everywhere", "rate"),
    [
        ("0", {}, None, "0.90"),
        ("10", {}, None, "0.81"),
        ("10", {"discount_percent": "20"}, None, "0.72"),
        ("30", {"discount_percent": "20"}, None, "0.63"),
        ("10", {}, "20", "0.72"),
        ("0", {"discount_percent": "20"}, "50", "0.45"),
        ("50", {"rate": "0.8"}, "50", "0.80"),
        ("0", {"rate": "1.5"}, None, "1.50"),
        ("0", {"rate": "0"}, None, "0.00"),
        ("0", {"rate": "0.00000001"}, None, "0.00000001"),
        ("0", {"discount_percent": "100"}, None, "0.00"),
        ("0", {"discount_percent": "33.33"}, None, "0.60003"),
    ],
)
def test_of_two_discounts_the_larger_counts_and_a_personal_rate_in_place_of_both(
    post, alice, service, shown, tier, own, everywhere, rate
):
    Tier.objects.update(discount_percent=Decimal(tier))
    if own:
        agree(alice, service, **own)
    if everywhere:
        agree(alice, discount_percent=everywhere)
    assert shown(alice) == rate
    form = {"service": service.pk, "link": LINK, "quantity": 1000, "request_id": "1"}
    order = post(key=alice.key, action="add", **form).json["order"]
    assert post(key=alice.key, action="status", order=order).json["charge"] == rate


def test_another_account_and_another_service_pay_what_they_did(post, alice, bob, service, sell, shown):
    agree(alice, service, rate="0.1")
    assert (shown(alice), shown(bob)) == ("0.10", "0.90")
    other = sell(remote_id="2")
    rates = {each["service"]: each["rate"] for each in post(key=alice.key, action="services").json}
    assert rates == {service.pk: "0.10", other.pk: "0.90"}


def test_counts_from_the_next_order_on_and_the_last_one_keeps_its_own(alice, service, add, shown):
    price = agree(alice, service, rate="0.5")
    add(alice, "r-1")
    change_personal_price(personal_price_id=price.pk, actor="bob", rate=Decimal("0.4"))
    add(alice, "r-2", link="https://example.com/2")
    remove_personal_price(personal_price_id=price.pk, actor="bob", reason="the year is over")
    add(alice, "r-3", link="https://example.com/3")
    assert sorted(charges(alice)) == [Decimal("-0.9"), Decimal("-0.5"), Decimal("-0.4")]
    first = Order.objects.order_by("id")[0]
    assert first.rate == Decimal("0.5")
    assert "personal price" in [each["step"] for each in first.price_steps]
    told = Event.objects.filter(subject="account", subject_id=alice.id, kind__startswith="personal_price").order_by(
        "id"
    )
    assert [(each.kind, each.actor, each.reason) for each in told] == [
        ("personal_price.added", "bob", ""),
        ("personal_price.changed", "bob", ""),
        ("personal_price.removed", "bob", "the year is over"),
    ]
    assert told[1].data == {"changed": {"rate": ["0.50", "0.40"]}}


def test_an_account_with_another_rate_has_another_tag(post, alice, service, shown):
    tag = post(key=alice.key, action="services").headers["ETag"]
    agree(alice, service, rate="0.5")
    answer = post(key=alice.key, action="services", environ={"HTTP_IF_NONE_MATCH": tag})
    assert (answer.status, answer.json[0]["rate"]) == (200, "0.50")


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rate=money,
    tier=percent,
    own=some.none() | some.tuples(some.just("rate"), money) | some.tuples(some.just("discount_percent"), percent),
    everywhere=some.none() | percent,
    quantity=some.integers(50, 10_000),
)
def test_the_rate_that_is_shown_times_the_quantity_is_the_charge(
    post, person_without_limits, service, shown, rate, tier, own, everywhere, quantity
):
    alice = person_without_limits
    Service.objects.update(rate=rate)
    Tier.objects.update(discount_percent=tier)
    PersonalPrice.objects.all().delete()
    if own is not None:
        PersonalPrice.objects.create(account=alice.user, service=service, **{own[0]: own[1]})
    if everywhere is not None:
        PersonalPrice.objects.create(account=alice.user, discount_percent=everywhere)
    due = (Decimal(shown(alice)) * quantity / 1000).quantize(Decimal("0.00000001"), rounding=ROUND_HALF_UP)
    number = next(requests)
    form = {"service": service.pk, "link": f"{LINK}/{number}", "quantity": quantity, "request_id": f"h-{number}"}
    assert post(key=alice.key, action="add", **form).status == 200
    charged = Order.objects.latest("id")
    assert (charged.charge, charged.rate) == (due, Decimal(shown(alice)))


def test_the_books_agree_with_personal_prices(alice, service, add):
    agree(alice, service, rate="0.33333333")
    add(alice, quantity=77)
    assert charges(alice) == [Decimal("-0.02566667")]
    assert books_agree()
