"""What a quote says a moment before is what placing charges, or why it refuses, for whatever is asked."""

import itertools
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

import wallets.queries
from accounts.models import Tier
from catalog.models import Coupon, PersonalPrice, Service, ServiceType, Stop
from catalog.operations import add_coupon
from kit import clock
from orders.models import CouponUse, Order, Request
from orders.operations import place
from orders.parameters import InvalidCoupon, InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from orders.quoting import REFUSALS, quote
from tests.orders.taking_parameters import REQUESTS
from wallets.operations import InsufficientBalance

pytestmark = pytest.mark.django_db
requests = itertools.count(1)


def everything():
    """All that asking could change."""
    uses = list(Coupon.objects.values_list("code", "used")), CouponUse.objects.count()
    return uses, Order.objects.count(), Request.objects.count()


def placed(who, params):
    """Place it; return the order, or the refusal."""
    try:
        number = place(account_id=who.id, params=params, request_id=f"quote-{next(requests)}").id
    except Exception as error:
        return error
    return Order.objects.get(pk=number)


def agree(who, params):
    """Ask for a quote, and place the order: both say the same. Return the quote."""
    before, held = everything(), wallets.queries.balance_from_database(who.id)
    told = quote(who.id, params)
    assert everything() == before
    assert told.balance == held
    came = placed(who, params)
    if isinstance(came, Order):
        assert told.refusal is None, told.refusal
        assert (told.rate, told.charge) == (came.rate, came.charge)
        assert told.enough
        assert told.wanted is not None
        assert (told.wanted.in_all, told.wanted.runs) == (came.quantity, came.runs)
        assert told.charge is not None
        assert told.steps == came.price_steps[-len(told.steps) :]
        assert wallets.queries.balance_from_database(who.id) == held - told.charge
    else:
        assert type(came) in REFUSALS, came
        assert isinstance(told.refusal, type(came)), (told.refusal, came)
        assert vars(told.refusal) == vars(came)  # which parameter, which bound, which text
        assert wallets.queries.balance_from_database(who.id) == held
    return told


@pytest.fixture
def offer(sell):
    """A service of the type with odd digits in its rate; the parameters for an order of it."""

    def make(kind: str, **fields: Any) -> tuple[Service, dict[str, str]]:
        sold = sell(rate="1.2345678", type=kind.strip(), remote_id=kind, dripfeed=True, min=2, max=1000, **fields)
        return sold, REQUESTS[kind][0] | {"service": str(sold.pk)}

    return make


@pytest.mark.parametrize("kind", REQUESTS)
def test_for_every_type_at_every_price_it_is_what_placing_charges(alice, offer, kind):
    service, params = offer(kind)
    coupon = add_coupon(code="THIRD", actor="bob", percent=Decimal("33.33"))
    prices: list[dict[str, Any]] = [{}, {"rate": Decimal("0.7654321")}, {"discount_percent": Decimal("12.5")}]
    for tier, own, code in itertools.product(("0", "7.77"), prices, ("", "THIRD")):
        Tier.objects.update(discount_percent=Decimal(tier))
        PersonalPrice.objects.all().delete()
        if own:
            PersonalPrice.objects.create(account=alice.user, service=service, **own)
        told = agree(alice, params | {"coupon": code})
        subscription = service.type == ServiceType.SUBSCRIPTIONS
        assert (type(told.refusal) is InvalidCoupon) == bool(code and subscription)
        assert told.listed == service.rate
        assert (told.rate == told.listed) == (tier == "0" and not own)
        assert (told.charge == told.full) == (not code or subscription)
    coupon.refresh_from_db()
    assert coupon.used == (0 if service.type == ServiceType.SUBSCRIPTIONS else 6)


@pytest.mark.parametrize("kind", ["Default", "Web Traffic"])
def test_runs_are_charged_all_together(alice, offer, kind):
    _, params = offer(kind)
    told = agree(alice, params | {"runs": "7", "interval": "30"})
    assert told.wanted is not None
    assert (told.wanted.in_all, told.charge) == (700, Decimal("0.86419746"))


WRONG: list[tuple[dict[str, str], type[Exception]]] = [
    ({"quantity": ""}, MissingParameter),
    ({"link": ""}, MissingParameter),
    ({"link": "", "quantity": "none", "coupon": "NONE"}, MissingParameter),
    ({"link": "ftp://example.com"}, InvalidParameter),
    ({"quantity": "none"}, InvalidParameter),
    ({"quantity": "1"}, QuantityBelow),
    ({"quantity": "1001", "coupon": "NONE"}, QuantityAbove),
    ({"runs": "1001", "interval": "1"}, InvalidParameter),
    ({"runs": "2"}, MissingParameter),
    ({"coupon": "NONE"}, InvalidCoupon),
    ({"coupon": "no\0ne"}, InvalidCoupon),
]


@pytest.mark.parametrize(("wrong", "refusal"), WRONG)
def test_what_placing_would_refuse_is_refused_for_the_same_and_the_rate_is_there(alice, offer, wrong, refusal):
    _, params = offer("Default")
    told = agree(alice, params | wrong)
    assert isinstance(told.refusal, refusal)
    assert told.rate == Decimal("1.2345678")
    assert (told.charge is not None) == (refusal is InvalidCoupon)


@pytest.mark.parametrize("number", ["", "0", "-1", "x", "9" * 30, "1.5"])
def test_a_service_that_is_not_there_has_no_rate(alice, number):
    told = agree(alice, {"service": number, "quantity": "100"})
    assert (told.service, told.rate, told.charge, told.steps) == (None, None, None, [])


def test_what_is_stopped_says_what_resellers_are_told(alice, offer):
    service, params = offer("Default")
    Stop.objects.create(service=service, text="Back on Monday", since=clock.now())
    assert str(agree(alice, params).refusal) == "Back on Monday"


def test_a_balance_that_is_too_low_is_said_with_the_price(person, offer):
    poor = person("carol", deposit="0.10")
    _, params = offer("Default")
    told = agree(poor, params)
    assert type(told.refusal) is InsufficientBalance
    assert (told.enough, told.charge, told.balance) == (False, Decimal("0.12345678"), Decimal("0.10"))
    add_coupon(code="HALF", actor="bob", percent=Decimal(50))
    assert agree(poor, params | {"coupon": "HALF"}).charge == Decimal("0.06172839")


def test_a_price_beyond_the_books_is_more_than_any_balance(alice, sell):
    dear = sell(rate="999999999999", max=2_000_000_000)
    params = {"service": str(dear.pk), "link": "https://example.com/p", "quantity": "2000000000", "coupon": "NONE"}
    assert type(agree(alice, params).refusal) is InsufficientBalance


def test_the_link_guard_answers_before_the_coupon_and_the_coupon_before_the_balance(person, offer, settings):
    settings.LINK_GUARD = "account"
    carol = person("carol", deposit="0.20")
    _, params = offer("Default")
    assert agree(carol, params).refusal is None
    asked = [params | {"coupon": code, "quantity": quantity} for code in ("", "NONE") for quantity in ("100", "1000")]
    assert [type(agree(carol, each).refusal).__name__ for each in asked] == ["LinkInProgress"] * 4
    elsewhere = {"link": "https://example.com/other", "quantity": "1000"}
    assert isinstance(agree(carol, params | elsewhere | {"coupon": "NONE"}).refusal, InvalidCoupon)
    assert type(agree(carol, params | elsewhere).refusal) is InsufficientBalance


def test_every_reason_for_which_a_coupon_does_not_apply_is_seen_beforehand(alice, bob, offer, sell):
    service, params = offer("Default")
    hour, now = timedelta(hours=1), clock.now()
    limits: list[dict[str, Any]] = [
        *({"starts_at": now + hour}, {"ends_at": now - hour}, {"minimum": Decimal(5)}, {"active": False}),
        *({"use_limit": 1, "used": 1}, {"per_account": 1}),
    ]
    for number, limit in enumerate(limits):
        code = f"COUPON{number}"
        Coupon.objects.create(code=code, percent=Decimal(10), **limit)
        if "per_account" in limit:
            assert agree(alice, params | {"coupon": code}).refusal is None
            assert agree(bob, params | {"coupon": code}).refusal is None
        assert type(agree(alice, params | {"coupon": code}).refusal) is InvalidCoupon, limit
    coupon = Coupon.objects.create(code="IT", percent=Decimal(10))
    coupon.services.add(sell(remote_id="another"))
    assert type(agree(alice, params | {"coupon": "IT"}).refusal) is InvalidCoupon
    coupon.services.add(service)
    assert agree(alice, params | {"coupon": "IT"}).refusal is None


def test_nobody_is_told_what_a_rate_is_made_of(alice, offer):
    service, params = offer("Default")
    Service.objects.filter(pk=service.pk).update(pricing_mode="markup", pricing_value=Decimal(100))
    Tier.objects.update(discount_percent=10)
    add_coupon(code="HALF", actor="bob", percent=Decimal(50))
    told = agree(alice, params | {"coupon": "HALF"})
    assert [each["step"] for each in told.steps] == ["tier's discount", "quantity", "coupon"]
    for secret in (service.sources.get().provider.name, "0.50 USD", "cost", "100 %"):
        assert not [each for each in told.steps if secret in each["text"]]


def test_a_quote_takes_few_statements(alice, offer, django_assert_num_queries):
    _, params = offer("Default")
    add_coupon(code="HALF", actor="bob", percent=Decimal(50))
    quote(alice.id, params)  # the balance is cached from here on
    with django_assert_num_queries(1):
        quote(alice.id, params)
    with django_assert_num_queries(3):
        quote(alice.id, params | {"coupon": "HALF"})
