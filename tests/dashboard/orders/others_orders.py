"""Somebody else's order is one that there is not, for every page and every button; and nobody gets in unknown."""

from decimal import Decimal

import pytest
from django.test import Client

import wallets.queries
from accounts.operations import suspend
from orders.models import Order, Purchase
from tests.conftest import Person
from tests.dashboard.orders.conftest import PlaceFor, filled

pytestmark = pytest.mark.django_db
PAGES = ["", "/standing"]
BUTTONS = ["/cancel", "/refill"]


@pytest.fixture
def alices_order(alice: Person, order_for: PlaceFor) -> Order:
    return order_for(alice, cancel=True, refill=True)


@pytest.mark.parametrize("page", PAGES)
def test_bob_finds_no_page_of_it(bobs: Client, alices_order: Order, page: str) -> None:
    for name in (alices_order.shown_id, str(alices_order.pk)):
        assert bobs.get(f"/dashboard/orders/{name}{page}").status_code == 404


@pytest.mark.parametrize("button", BUTTONS)
def test_bob_presses_nothing_of_it(bobs: Client, alice: Person, alices_order: Order, button: str) -> None:
    for name in (alices_order.shown_id, str(alices_order.pk)):
        assert bobs.post(f"/dashboard/orders/{name}{button}").status_code == 404
    alices_order.refresh_from_db()
    assert alices_order.status == "pending"
    assert Purchase.objects.get(order=alices_order).cancel_requested_at is None
    assert wallets.queries.balance_from_database(alice.id) == Decimal("99.10")


@pytest.mark.parametrize("name", ["ord_01HG9X7KJP4N", "nonsense", "0", "9" * 30, "%00", "ref_1", "²"])
def test_what_names_no_order_is_not_there(alices: Client, name: str) -> None:
    for page in PAGES:
        assert alices.get(f"/dashboard/orders/{name}{page}").status_code == 404
    for button in BUTTONS:
        assert alices.post(f"/dashboard/orders/{name}{button}").status_code == 404


@pytest.mark.parametrize("page", ["orders", "orders/new", "orders/mass", "orders.csv", "services", "orders/1"])
def test_who_is_not_logged_in_is_asked_who_it_is(client: Client, db: None, page: str) -> None:
    answer = client.get(f"/dashboard/{page}")
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (302, "/accounts/login/")


@pytest.mark.parametrize("page", ["orders/1/standing", "balance"])
def test_a_part_of_a_page_has_the_whole_page_ask_who_it_is(client: Client, db: None, page: str) -> None:
    """A log-in would otherwise stand where an order's status was, once a session is over."""
    answer = client.get(f"/dashboard/{page}", headers={"HX-Request": "true"})
    assert (answer.status_code, answer.headers["HX-Refresh"], answer.content) == (200, "true", b"")


def test_a_suspended_account_is_told_why_and_orders_nothing(alices: Client, alice: Person, alices_order: Order) -> None:
    form = filled(alices, alices_order.service_id, link="https://example.com/2", quantity="1000")
    suspend(account_id=alice.id, actor="bob@panel.example", reason="unpaid bills")
    line = f"{alices_order.service_id} | https://example.com/2 | 1000"
    sent: dict[str, dict[str, str]] = {
        "orders/new": form,
        "orders/mass": {"lines": line, "batch_id": form["request_id"]},
        f"orders/{alices_order.shown_id}/cancel": {},
    }
    for path, fields in sent.items():
        answer = alices.post(f"/dashboard/{path}", fields)
        assert answer.status_code == 403
        assert "unpaid bills" in answer.content.decode(), path
    assert list(Order.objects.values_list("status", flat=True)) == ["pending"]


def test_nothing_of_alices_is_on_bobs_list(bobs: Client, alices_order: Order) -> None:
    for page in ("orders", f"orders?link={alices_order.shown_id}", f"orders?link={alices_order.link}"):
        assert alices_order.shown_id not in bobs.get(f"/dashboard/{page}").content.decode().partition("<tbody>")[2]
    assert "No order is like that." in bobs.get(f"/dashboard/orders?link={alices_order.pk}").content.decode()
