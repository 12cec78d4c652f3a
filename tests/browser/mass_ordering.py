"""An operator pastes a mass order in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.operations import create_operator
from catalog.models import Service
from orders.models import Order
from tests.browser.conftest import Picture
from tests.browser.operating import PASSWORD, log_in
from tests.conftest import Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def operator(tiers: None) -> User:
    return create_operator(email="bob@panel.example", password=PASSWORD)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pastes_lines_and_sees_what_came_of_each(
    page: Page, operator: User, alice: Person, service: Service, picture: Picture
) -> None:
    log_in(page)
    page.goto("/admin/orders/order/")
    page.get_by_role("link", name="Mass order…").click()
    page.get_by_label("Account").fill("alice@example.com")
    good = f"{service.pk} | https://example.com/p/1 | 1000"
    page.get_by_label("Lines").fill(f"{good}\n{service.pk} | https://example.com/p/2 | 5\nnonsense\n")
    picture("mass-order")
    page.get_by_role("button", name="Order", exact=True).click()
    expect(page.get_by_text("1 of 3 lines are ordered")).to_be_visible()
    expect(page.get_by_text("the quantity is below the service's minimum of 50")).to_be_visible()
    picture("mass-ordered")
    page.reload()
    expect(page.get_by_text("1 of 3 lines are ordered")).to_be_visible()
    assert Order.objects.count() == 1
    page.get_by_role("link", name=Order.objects.get().shown_id).click()
    expect(page.get_by_text("order.placed")).to_be_visible()
