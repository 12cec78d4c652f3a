"""A form that is sent twice orders once."""

from decimal import Decimal

import pytest
from django.test import Client

import wallets.queries
from catalog.models import Service
from orders.models import Order
from tests.conftest import Person
from tests.dashboard.orders.conftest import NEW, Form, hidden_of, wrong

pytestmark = pytest.mark.django_db


@pytest.fixture
def sent(alices: Client, form: Form, service: Service) -> dict[str, str]:
    """A form that has ordered."""
    given = form(service.pk, link="https://example.com/p", quantity="1000")
    alices.post(NEW, given)
    return given


def test_leads_to_the_same_order(alices: Client, alice: Person, sent: dict[str, str]) -> None:
    answer = alices.post(NEW, sent, follow=True)
    assert answer.redirect_chain == [(f"/dashboard/orders/{Order.objects.get().shown_id}", 303)]
    assert "This order was placed already. It was not placed a second time." in answer.content.decode()
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")


def test_also_when_the_service_is_off_the_shelves_meanwhile(
    alices: Client, sent: dict[str, str], service: Service
) -> None:
    Service.objects.filter(pk=service.pk).update(active=False)
    assert alices.post(NEW, sent).status_code == 303
    assert Order.objects.count() == 1


def test_with_something_else_in_it_asks_first(alices: Client, alice: Person, sent: dict[str, str]) -> None:
    page = alices.post(NEW, sent | {"quantity": "500"}).content.decode()
    assert wrong(page) == ["This form has ordered something else already. If you want this as well, send it once more."]
    assert Order.objects.count() == 1
    assert 'value="500"' in page
    again = hidden_of(page)
    assert again["request_id"] != sent["request_id"]
    assert alices.post(NEW, sent | {"quantity": "500"} | again).status_code == 303
    assert Order.objects.count() == 2


def test_a_form_of_somebody_else_is_another_request(bobs: Client, alices: Client, sent: dict[str, str]) -> None:
    assert bobs.post(NEW, sent).status_code == 303
    assert Order.objects.count() == 2


@pytest.mark.parametrize("request_id", ["", "nonsense", "0" * 500])
def test_without_an_id_of_its_own_orders_nothing(alices: Client, sent: dict[str, str], request_id: str) -> None:
    page = alices.post(NEW, sent | {"request_id": request_id})
    assert page.status_code == 200
    assert 'role="alert"' in page.content.decode()
    assert Order.objects.count() == 1
