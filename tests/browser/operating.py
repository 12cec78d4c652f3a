"""An operator's morning in a real browser: no error in the console, no request that fails."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

import wallets.queries
from accounts.models import User
from accounts.operations import create_operator
from tests.admin.conftest import PlaceOrder, ordered
from tests.browser.conftest import Picture
from tests.conftest import Person

__all__ = ["ordered"]
pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def operator(tiers: None) -> User:
    return create_operator(email="bob@panel.example", password=PASSWORD)


def log_in(page: Page) -> None:
    page.goto("/admin/")
    page.get_by_label("Email").fill("bob@panel.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="What needs you")).to_be_visible()


def test_looks_at_orders_and_money_and_deposits(
    page: Page, operator: User, alice: Person, ordered: PlaceOrder, picture: Picture
) -> None:
    for number in range(6):
        ordered(link=f"https://example.com/a-page/{number}")
    unknown = ordered(state="unknown")

    page.goto("/admin/")
    picture("login")
    log_in(page)
    picture("home")

    page.locator("#nav-sidebar").get_by_text("Orders", exact=True).last.click()
    expect(page.get_by_text(unknown.shown_id)).to_be_visible()
    picture("orders")

    page.get_by_role("link", name=unknown.shown_id).click()
    expect(page.get_by_text("order.placed")).to_be_visible()
    picture("order")

    page.get_by_role("link", name="alice@example.com").click()
    expect(page.get_by_text("API keys").last).to_be_visible()
    picture("user")

    page.get_by_role("link", name="Deposit…").click()
    page.get_by_label("Amount, USD").fill("25.50")
    picture("deposit")
    page.get_by_role("button", name="Deposit").click()
    expect(page.get_by_text("Deposited 25.50 USD: alice@example.com has 119.20 USD now.")).to_be_visible()
    assert wallets.queries.balance_from_database(alice.id) == Decimal("119.20")

    page.get_by_role("link", name="119.20").click()
    expect(page.get_by_text("Latest entries")).to_be_visible()
    picture("wallet")

    page.locator("#nav-sidebar").get_by_text("Providers", exact=True).click()
    page.locator("#changelist").get_by_role("link", name=re.compile(r"^provider \d")).click()
    expect(page.get_by_label("URL")).to_be_visible()
    picture("provider")
