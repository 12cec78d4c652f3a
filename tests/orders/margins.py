"""What a purchase is expected to cost is written with its claim, and what is left of the charge is shown."""

from decimal import Decimal

import pytest

from catalog.models import ExchangeRate, Source
from kit import clock
from orders.margins import expected_cost, in_usd, margin
from orders.models import Purchase
from orders.operations import buying
from providers.operations import record_balance
from tests.admin.conftest import bobs, operator, text
from tests.orders.sources import second, second_demo, service

__all__ = ["bobs", "operator", "second", "second_demo", "service"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("service_type", "rate", "quantity", "cost"),
    [
        ("Default", "0.50", 1000, "0.50"),
        ("Default", "0.00000001", 50, "0"),
        ("Package", "2.50", 1, "2.50"),
        ("Custom Comments Package", "2.50", 1, "2.50"),
        ("Subscriptions", "0.50", 0, "0"),
    ],
)
def test_a_purchase_is_expected_to_cost_the_sources_rate(service_type, rate, quantity, cost):
    assert expected_cost(service_type, Decimal(rate), quantity) == Decimal(cost)


def test_an_absurd_price_is_no_reason_to_send_nothing(order_of, sell, upstream, buy):
    service = sell(at=upstream)
    Source.objects.update(cost=Decimal("999999999999"))
    order_of(service=service, quantity=10_000)
    buy()
    assert (Purchase.objects.get().state, Purchase.objects.get().cost) == ("placed", None)


def test_a_margin_is_what_is_left_and_is_not_told_where_a_cost_is_not_known():
    assert margin(Decimal("0.90"), [Decimal("0.50"), Decimal("0.10")]) == Decimal("0.30")
    assert margin(Decimal("0.40"), [Decimal("0.50")]) == Decimal("-0.10")
    assert margin(Decimal("0.90"), [Decimal("0.50"), None]) is None
    assert margin(Decimal("0.90"), []) == Decimal("0.90")
    assert in_usd(Decimal("0.50"), Decimal("1.2")) == Decimal("0.60")
    assert in_usd(Decimal("0.50"), None) is None


def test_what_is_known_before_the_call_is_written_with_the_claim(order_of, sell, upstream):
    record_balance(provider_id=upstream.pk, balance=Decimal("77.7"), currency="EUR")
    ExchangeRate.objects.create(currency="EUR", usd=Decimal("1.1"), changed_at=clock.now())
    service = sell(at=upstream)
    Source.objects.update(currency="EUR")
    order_of(service=service, quantity=2000)
    assert buying.claim([]) is not None
    bought = Purchase.objects.get()
    assert (bought.cost, bought.currency, bought.exchange_rate, bought.balance_before) == (
        *(Decimal(1), "EUR", Decimal("1.1"), Decimal("77.7")),
    )


def test_a_currency_whose_worth_nobody_told_is_bought_in_and_not_reckoned(order_of, sell, upstream, buy, bobs):
    service = sell(at=upstream)
    Source.objects.update(currency="TRY")
    order = order_of(service=service)
    buy()
    bought = Purchase.objects.get()
    assert (bought.state, bought.cost, bought.currency, bought.exchange_rate) == ("placed", Decimal("0.5"), "TRY", None)
    assert "not known" in text(bobs.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "no exchange rate" in text(bobs.get(f"/admin/orders/purchase/{bought.pk}/change/"))


def test_the_provider_has_the_last_word_on_what_it_took(order_of, buy, follow, demo):
    order_of()
    buy()
    assert Purchase.objects.get().cost == Decimal("0.50")
    follow()
    (theirs,) = demo.orders()
    assert Purchase.objects.get().cost == Decimal(str(theirs["charge"]))


def test_the_orders_page_shows_each_attempt_and_the_margin(order_of, service, buy, demo, bobs):
    demo.control(next=["refuse"])
    order = order_of(service=service)
    buy()
    page = text(bobs.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "0.30 (33.3%)" in page  # 0.90 less 0.60 at the second; the first took nothing
    first, other = order.purchases.order_by("attempt")
    for shown in (f"{first.pk} (attempt 1)", f"{other.pk} (attempt 2)", "Demo", "Second", "0.60 USD"):
        assert shown in page
    assert first.answer in page


def test_what_nobody_knows_leaves_no_margin_to_tell(order_of, service, buy, demo, settings, bobs):
    settings.PROVIDER_TIMEOUT = 1
    demo.control(next=["html"])
    order = order_of(service=service)
    buy()
    assert "not known" in text(bobs.get(f"/admin/orders/order/{order.pk}/change/"))
