"""What the database itself refuses of prices, coupons and stops."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from catalog.models import Coupon, ExchangeRate, PersonalPrice, PriceRule, Service, Stop
from kit import clock
from tests.breaking import refused_by

pytestmark = pytest.mark.django_db
ONE = Decimal(1)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"rate": ONE, "discount_percent": ONE}, "personal_price_rate_or_discount"),
        ({}, "personal_price_rate_or_discount"),
        ({"rate": -ONE}, "personal_price_rate_not_negative"),
        ({"discount_percent": Decimal("-0.01")}, "personal_price_discount_percent"),
        ({"discount_percent": Decimal("100.01")}, "personal_price_discount_percent"),
        ({"rate": ONE, "service": None}, "personal_price_rate_is_of_a_service"),
    ],
)
def test_no_personal_price_can_be_like_this(alice, service, fields, rule):
    with refused_by(rule):
        PersonalPrice.objects.create(**{"account": alice.user, "service": service, **fields})


def test_an_account_has_one_personal_price_a_service_and_one_discount_for_all(alice, service):
    for which in (service, None):
        PersonalPrice.objects.create(account=alice.user, service=which, discount_percent=ONE)
        with refused_by("personal_price_unique"):
            PersonalPrice.objects.create(account=alice.user, service=which, discount_percent=ONE)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"percent": ONE, "amount": ONE}, "coupon_percent_or_amount"),
        ({"percent": None}, "coupon_percent_or_amount"),
        ({"percent": Decimal(0)}, "coupon_percent_valid"),
        ({"percent": Decimal("100.01")}, "coupon_percent_valid"),
        ({"percent": None, "amount": Decimal(0)}, "coupon_amount_positive"),
        ({"minimum": -ONE}, "coupon_minimum_not_negative"),
        ({"use_limit": 3, "used": 4}, "coupon_used_within_limit"),
        ({"starts_at": clock.now(), "ends_at": clock.now().replace(year=2001)}, "coupon_starts_before_it_ends"),
        ({"code": "TAKEN"}, "catalog_coupon_code_key"),
    ],
)
def test_no_coupon_can_be_like_this(db, fields, rule):
    Coupon.objects.create(code="TAKEN", percent=ONE)
    with refused_by(rule):
        Coupon.objects.create(**{"code": "NEW", "percent": ONE, **fields})


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"pricing_mode": "guess"}, "service_pricing_mode_valid"),
        ({"pricing_mode": "markup", "pricing_value": None}, "service_pricing_value_where_the_mode_needs_one"),
        ({"pricing_mode": "", "pricing_value": ONE}, "service_pricing_value_where_the_mode_needs_one"),
        ({"pricing_mode": "fixed", "pricing_value": ONE}, "service_pricing_value_where_the_mode_needs_one"),
    ],
)
def test_no_service_can_be_priced_like_this(service, fields, rule):
    with refused_by(rule):
        Service.objects.filter(pk=service.pk).update(**fields)


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"mode": "fixed"}, "price_rule_mode_valid"),
        ({"value": -ONE}, "price_rule_value_not_negative"),
        ({"provider": None}, "price_rule_category_or_provider"),
    ],
)
def test_no_price_rule_can_be_like_this(provider, fields, rule):
    with refused_by(rule):
        PriceRule.objects.create(**{"provider": provider, "mode": "markup", "value": ONE, **fields})


@pytest.mark.parametrize(
    ("currency", "usd", "rule"), [("EUR", 0, "exchange_rate_positive"), ("USD", 2, "exchange_rate_not_of_usd")]
)
def test_no_exchange_rate_can_be_like_this(db, currency, usd, rule):
    with refused_by(rule):
        ExchangeRate.objects.create(currency=currency, usd=usd, changed_at=clock.now())


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (Coupon(code="A", percent=Decimal(0)), "A percentage is above 0 and at most 100."),
        (Coupon(code="A", amount=Decimal(0)), "The amount is above 0."),
        (Coupon(code="A", percent=ONE, minimum=-ONE), "The minimum cannot be negative."),
        (PriceRule(provider_id=1, mode="markup", value=-ONE), "A markup and an amount cannot be negative."),
        (ExchangeRate(currency="EUR", usd=Decimal(0)), "An exchange rate is above 0."),
        (ExchangeRate(currency="USD", usd=ONE), "USD needs no exchange rate: everything is counted in it."),
        (
            Stop(service_id=1, provider_id=1, text="No."),
            "Give a service or a provider, not both; neither stops the whole panel.",
        ),
        (PersonalPrice(account_id=1, service_id=1, rate=-ONE), "The rate cannot be negative."),
        (PersonalPrice(account_id=1, discount_percent=-ONE), "A discount is from 0 to 100 percent."),
    ],
)
def test_what_is_refused_is_said_in_words(db, row, said):
    with pytest.raises(ValidationError) as refused:
        row.validate_constraints()
    assert refused.value.messages == [said]


def test_no_stop_is_of_two_things_or_of_one_twice_or_without_a_text(service, provider):
    with refused_by("stop_of_one_thing"):
        Stop.objects.create(service=service, provider=provider, text="No.", since=clock.now())
    with refused_by("stop_says_why"):
        Stop.objects.create(text="", since=clock.now())
    Stop.objects.create(text="No.", since=clock.now())
    with refused_by("stop_once"):
        Stop.objects.create(text="No.", since=clock.now())
