"""Coupons, as a reseller's program meets them: what they take off, and the one answer for every reason they do not."""

from datetime import timedelta
from decimal import Decimal

import pytest

from catalog.models import Category, Coupon
from catalog.operations import add_coupon, change_coupon, switch_off_coupon
from kit import clock
from orders.models import CouponUse, Order
from orders.operations.settling import settle
from tests.api_v2.conftest import books_agree, charges, everything
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
REFUSED = (400, {"error": "Invalid coupon"})
HOUR = timedelta(hours=1)


def coupons():
    """All that a coupon's use could change."""
    return list(Coupon.objects.values_list("code", "used")), CouponUse.objects.count()


@pytest.fixture
def coupon():
    """Make a coupon: `coupon("HALF", percent="50")`."""

    def make(code="HALF", percent=None, amount=None, **fields) -> Coupon:
        if percent is None and amount is None:
            percent = "50"
        off = {name: Decimal(value) for name, value in [("percent", percent), ("amount", amount)] if value is not None}
        return add_coupon(code=code, actor="bob", **off, **fields)

    return make


@pytest.mark.parametrize(
    ("off", "paid"),
    [
        ({"percent": "50"}, "0.45"),
        ({"percent": "33.33"}, "0.60003"),
        ({"percent": "100"}, "0.00"),
        ({"amount": "0.4"}, "0.50"),
        ({"amount": "0.9"}, "0.00"),
        ({"amount": "5"}, "0.00"),
        ({"amount": "0.00000001"}, "0.89999999"),
    ],
)
def test_takes_a_percentage_or_an_amount_off_the_charge_and_never_more_than_that(post, alice, add, coupon, off, paid):
    coupon(**off)
    order = add(alice, coupon="HALF").json["order"]
    assert post(key=alice.key, action="status", order=order).json["charge"] == paid
    assert Wallet.objects.get(pk=alice.id).balance == 100 - Decimal(paid)
    assert books_agree()
    placed = Order.objects.get(coupon__code="HALF")
    assert (placed.rate, placed.charge) == (Decimal("0.9"), Decimal(paid))
    assert placed.price_steps[-1]["step"] == "coupon"
    assert placed.price_steps[-1]["amount"] == paid
    use = CouponUse.objects.get()
    assert (use.coupon.used, use.account_id, use.number, use.order_id) == (1, alice.id, 1, placed.pk)


@pytest.mark.parametrize(
    ("fields", "sent"),
    [
        ({}, "half"),  # its letters count
        ({}, "NOTHING"),
        ({"active": False}, "HALF"),
        ({"starts_at": HOUR}, "HALF"),
        ({"starts_at": -2 * HOUR, "ends_at": -HOUR}, "HALF"),
        ({"use_limit": 0}, "HALF"),
        ({"per_account": 0}, "HALF"),
        ({"minimum": Decimal("0.90000001")}, "HALF"),
        ({"categories": "other"}, "HALF"),
        ({"services": "other"}, "HALF"),
        ({}, "x" * 1000),
        ({}, "\u0661\u0662"),
    ],
)
def test_every_reason_is_one_refusal_and_nothing_is_changed(alice, add, sell, coupon, fields, sent):
    other = sell(category="Other", remote_id="other")
    meant = {"categories": [other.category], "services": [other]}
    given = {
        name: meant[name] if value == "other" else clock.now() + value if isinstance(value, timedelta) else value
        for name, value in fields.items()
    }
    coupon(**given)
    before = everything(), coupons()
    answer = add(alice, coupon=sent)
    assert (answer.status, answer.json) == REFUSED
    assert (everything(), coupons()) == before


@pytest.mark.parametrize(
    "fields",
    [
        {"starts_at": -HOUR, "ends_at": HOUR},
        {"minimum": Decimal("0.9")},
        {"use_limit": 1, "per_account": 1},
        {"categories": "own"},
        {"services": "own"},
        {"services": "own", "categories": "other"},
        {"services": "other", "categories": "own"},
    ],
)
def test_applies_to_the_edge_of_what_it_is_for(alice, add, service, sell, coupon, fields):
    other = sell(category="Other", remote_id="other")
    which = {"own": service, "other": other}
    given = {
        name: [which[value].category if name == "categories" else which[value]]
        if isinstance(value, str)
        else clock.now() + value
        if isinstance(value, timedelta)
        else value
        for name, value in fields.items()
    }
    coupon(**given)
    assert add(alice, coupon="HALF").status == 200
    assert Coupon.objects.get().used == 1


def test_an_account_uses_it_as_often_as_it_may_and_another_one_still_can(alice, bob, add, coupon):
    coupon(per_account=2, use_limit=3)
    assert [add(alice, f"r-{n}", coupon="HALF", link=f"https://example.com/{n}").status for n in range(2)] == [200, 200]
    before = everything(), coupons()
    refused = add(alice, "r-3", coupon="HALF", link="https://example.com/3")
    assert (refused.status, refused.json) == REFUSED
    assert (everything(), coupons()) == before
    assert add(bob, coupon="HALF").status == 200
    assert list(CouponUse.objects.order_by("id").values_list("account_id", "number")) == [
        *((alice.id, 1), (alice.id, 2), (bob.id, 1)),
    ]
    assert Coupon.objects.get().used == 3
    assert add(bob, "r-9", coupon="HALF", link="https://example.com/9").json == REFUSED[1]


def test_a_replay_gives_the_first_answer_and_uses_it_no_second_time(alice, add, coupon):
    made = coupon(use_limit=1)
    first = add(alice, coupon="HALF")
    switch_off_coupon(coupon_id=made.pk, actor="bob")
    before = everything(), coupons()
    again = add(alice, coupon="HALF")
    assert (again.status, again.json, again.headers["Idempotent-Replay"]) == (200, first.json, "true")
    assert (everything(), coupons()) == before
    other = add(alice)  # without it, the body is another one
    assert other.json == {"error": "request_id was already used for a different order"}


def test_an_order_the_balance_does_not_cover_uses_nothing_up(person, add, coupon):
    poor = person("carol", deposit="0.44999999")
    coupon()
    before = everything(), coupons()
    refused = add(poor, coupon="HALF")
    assert (refused.status, refused.json) == (400, {"error": "Insufficient balance"})
    assert (everything(), coupons()) == before


def test_a_coupon_is_looked_at_after_the_quantity_and_before_the_balance(person, add):
    poor = person("carol", deposit="0")
    assert add(poor, coupon="NONE", quantity=1).json == {"error": "Quantity below the minimum of 50"}
    assert add(poor, coupon="NONE").json == REFUSED[1]


@pytest.mark.parametrize("code", ["a\0b", "\ud800", "'; DROP TABLE x", "%s %(code)s"])
def test_what_no_coupon_can_be_called_is_refused_like_any_other(alice, add, coupon, code):
    coupon()
    before = everything(), coupons()
    answer = add(alice, coupon=code.encode("utf-8", "surrogatepass"))
    assert answer.status == 400
    assert answer.json in (REFUSED[1], {"error": "Invalid parameter: coupon"})
    assert (everything(), coupons()) == before


def test_comes_after_the_tier_and_the_minimum_is_of_the_charge_without_it(alice, add, coupon, tiers):
    from accounts.models import Tier

    coupon(minimum=Decimal("0.81"))
    Tier.objects.update(discount_percent=10)
    add(alice, coupon="HALF")
    assert charges(alice) == [Decimal("-0.405")]


def test_a_refund_is_of_what_was_paid_and_the_use_is_not_given_back(post, alice, add, coupon):
    coupon(use_limit=1)
    order = add(alice, coupon="HALF").json["order"]
    placed = Order.objects.get()
    placed.purchases.update(state="done", provider_order_id="1", reported="partial", remains=500)
    settle(placed.pk)
    assert post(key=alice.key, action="status", order=order).json["charge"] == "0.225"
    assert sorted(charges(alice)) == [Decimal("-0.45"), Decimal("0.225")]
    assert books_agree()
    assert Coupon.objects.get().used == 1
    assert add(alice, "r-2", coupon="HALF", link="https://example.com/2").json == REFUSED[1]


def test_what_was_agreed_stays_with_the_order_when_the_coupon_changes(alice, add, coupon):
    made = coupon()
    add(alice, coupon="HALF")
    change_coupon(coupon_id=made.pk, actor="bob", percent=Decimal(1))
    assert Order.objects.get().price_steps[-1]["text"] == "The coupon HALF takes 50 % off."


def test_a_category_the_service_moves_into_counts_from_then_on(alice, add, service, coupon):
    summer = Category.objects.create(name="Summer")
    coupon(categories=[summer])
    assert add(alice, coupon="HALF").json == REFUSED[1]
    service.category = summer
    service.save()
    assert add(alice, coupon="HALF").status == 200


def test_the_link_guard_answers_before_the_coupon(alice, add, coupon, settings):
    settings.LINK_GUARD = "account"
    coupon(use_limit=1)
    assert add(alice, "r-1", coupon="HALF").status == 200
    before = everything(), coupons()
    for code in ("HALF", "NONE"):
        refused = add(alice, "r-2", coupon=code)
        assert refused.json == {"error": "An order for this link is already in progress"}
    assert add(alice, "r-2", coupon="NONE", link="https://example.com/2").json == REFUSED[1]
    assert (everything(), coupons()) == before


def test_a_subscription_takes_no_coupon(post, alice, sell, coupon):
    coupon()
    service = sell(type="Subscriptions", min=10, max=100)
    before = everything(), coupons()
    sent = {"username": "carol", "min": "10", "max": "20", "delay": "0", "posts": "2"}
    answer = post(key=alice.key, action="add", service=service.pk, request_id="s-1", coupon="HALF", **sent)
    assert (answer.status, answer.json) == REFUSED
    assert (everything(), coupons()) == before
    assert post(key=alice.key, action="add", service=service.pk, request_id="s-1", **sent).status == 200
