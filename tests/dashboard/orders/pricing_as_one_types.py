"""What an order costs stands beside its form while it is written, and is what placing it charges."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

import wallets.queries
from catalog.models import Coupon, ExchangeRate, Service
from kit import clock
from orders.models import Order, Request
from tests.conftest import MakePerson, MakeService, Person
from tests.dashboard.orders.conftest import NEW, Form, filled
from tests.orders.taking_parameters import REQUESTS

pytestmark = pytest.mark.django_db
PRICE = "/dashboard/orders/price"


def said(client: Client, form: dict[str, str]) -> str:
    """Return what stands beside the form, without tags."""
    page = client.post(PRICE, form, headers={"HX-Request": "true"})
    assert page.status_code == 200
    text = re.sub(r"<[^>]+>", " ", page.content.decode())
    return re.sub(r"\s+", " ", text).strip()


NOTHING = "What it costs stands here as soon as the form says how much."


def test_says_the_charge_the_balance_after_it_and_the_steps(alices: Client, form: Form, service: Service) -> None:
    assert said(alices, form(service.pk, link="https://example.com/p", quantity="1000")) == (
        "This order costs $0.90 Your balance after it: $99.10 "
        "How the price comes about Your rate $0.90 per 1000 Quantity 1000 $0.90"
    )


@pytest.mark.parametrize("kind", REQUESTS)
def test_is_what_the_order_is_charged(alices: Client, form: Form, sell: MakeService, kind: str) -> None:
    params = dict(REQUESTS[kind][0]) | ({"expiry": "2099-12-31"} if kind == "Subscriptions" else {})
    given = form(sell(type=kind.strip(), min=2, max=1000, rate="7.77").pk, **params)
    told = said(alices, given)
    alices.post(NEW, given)
    charge = Order.objects.get().charge.normalize()
    assert re.search(rf"This order costs \${charge:f}0? ", told), told


@pytest.mark.parametrize("link", ["", "https:", "half-typed"])
def test_needs_no_more_than_the_quantity(alices: Client, form: Form, service: Service, link: str) -> None:
    assert said(alices, form(service.pk, link=link, quantity="1000")).startswith("This order costs $0.90")


@pytest.mark.parametrize("kind", ["Package", "Subscriptions", "Custom Comments Package"])
def test_needs_nothing_where_the_quantity_is_the_services(
    alices: Client, form: Form, sell: MakeService, kind: str
) -> None:
    assert said(alices, form(sell(type=kind, min=60).pk)).startswith("This order costs $")


def test_says_nothing_while_the_quantity_is_missing(alices: Client, form: Form, service: Service) -> None:
    assert said(alices, form(service.pk, link="https://example.com/p")) == NOTHING


def test_a_coupon_is_taken_off_and_not_used_up(alices: Client, form: Form, service: Service) -> None:
    Coupon.objects.create(code="HALF", percent=50, use_limit=1)
    given = form(service.pk, link="https://example.com/p", quantity="1000", coupon="HALF")
    for _ in range(2):
        assert "Coupon HALF takes 50 % off $0.45" in said(alices, given)
    assert Coupon.objects.get().used == 0


def test_every_run_is_counted(alices: Client, form: Form, sell: MakeService) -> None:
    given = form(sell(dripfeed=True).pk, quantity="1000", runs="3", interval="30")
    assert said(alices, given).startswith("This order costs $2.70")


WRONG = [
    ({"quantity": "49"}, "Quantity: At least 50."),
    ({"quantity": "10001"}, "Quantity: At most 10000."),
    ({"quantity": "many"}, "Quantity: Write a whole number."),
    ({"quantity": "100", "runs": "1001", "interval": "1"}, "Runs: From 2 to 1000 runs; empty for one."),
    ({"quantity": "100", "runs": "2"}, "Minutes between two runs: This is needed."),
    ({"quantity": "100", "coupon": "<b>"}, "Coupon: This coupon does not apply to this order."),
]


@pytest.mark.parametrize(("given", "says"), WRONG)
def test_says_what_is_wrong_so_far(
    alices: Client, form: Form, sell: MakeService, given: dict[str, str], says: str
) -> None:
    assert says in said(alices, form(sell(dripfeed=True).pk, **given))


def test_says_how_much_is_missing(client: Client, person: MakePerson, service: Service) -> None:
    carol = person("carol", deposit="0.5")
    client.force_login(carol.user)
    given = filled(client, service.pk, link="https://example.com/p", quantity="1000")
    assert "Your balance is too low by $0.40. How to add money" in said(client, given)
    assert 'href="/dashboard/wallet"' in client.post(PRICE, given).content.decode()
    refused = client.post(NEW, given).content.decode()
    assert "Your balance is too low by $0.40." in refused


def test_the_display_currency_stands_beside_it(alices: Client, alice: Person, form: Form, service: Service) -> None:
    ExchangeRate.objects.create(currency="EUR", usd=Decimal("1.20"), changed_at=clock.now())
    alice.user.display_currency = "EUR"
    alice.user.save()
    assert "This order costs $0.90 ≈ 0.75 EUR" in said(alices, form(service.pk, quantity="1000"))


def test_stands_there_when_the_form_is_opened_filled_in(alices: Client, service: Service) -> None:
    page = alices.get(f"{NEW}?service={service.pk}&quantity=1000").content.decode()
    assert "This order costs" in page


def test_can_be_asked_for_by_a_button_and_orders_nothing(alices: Client, alice: Person, form: Form, sell: Any) -> None:
    given = form(sell().pk, link="https://example.com/p", quantity="1000", only_price="1")
    page = alices.post(NEW, given).content.decode()
    assert "This order costs" in page
    assert 'value="https://example.com/p"' in page
    assert not Order.objects.exists()
    assert not Request.objects.exists()
    assert wallets.queries.balance_from_database(alice.id) == 100


@pytest.mark.parametrize("form", [{}, {"service": "x"}, {"service": "999999"}, {"service": "\0", "type": "\0"}])
def test_nonsense_has_no_price(alices: Client, form: dict[str, str]) -> None:
    assert said(alices, form) == NOTHING


def test_what_it_costs_is_no_page_to_look_at(alices: Client) -> None:
    assert alices.get(PRICE).status_code == 405


def test_prices_only_what_the_form_sends(alices: Client, sell: MakeService) -> None:
    query = f"service={sell(dripfeed=False).pk}&link=https://example.com/p&quantity=1000&runs=3&interval=60"
    page = alices.get(f"/dashboard/orders/new?{query}").content.decode()
    assert "$0.90" in page.partition('id="price"')[2]
    assert "Runs:" not in page
