"""The rate card in a browser: it is narrowed down as one types, by its address, and without JavaScript."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import MakeService


@pytest.fixture
def scheme() -> str:
    return "light"


@pytest.fixture
def shop(sell: MakeService) -> None:
    sell(name="Likes, quick", category="Instagram", refill=True, description="Starts at once.")
    sell(name="Views", category="Videos", remote_id="2")


def test_is_narrowed_down_as_one_types_and_the_address_says_by_what(page: Page, shop: None) -> None:
    page.goto("/services")
    expect(page.get_by_role("status")).to_have_text("2 services")
    page.get_by_label("Search").press_sequentially("quick")
    expect(page.get_by_role("status")).to_have_text("1 service")
    expect(page).to_have_url(re.compile(r"/services\?q=quick"))
    expect(page.get_by_label("Search")).to_be_focused()
    page.get_by_label("Drip-feed").check()
    expect(page.get_by_text("No service is like that.")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("status")).to_have_text("1 service")
    page.get_by_text("Description").click()
    expect(page.get_by_text("Starts at once.")).to_be_visible()


def test_is_narrowed_down_without_javascript_too(browser: Browser, address: str, shop: None) -> None:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    page = context.new_page()
    page.goto("/services")
    page.get_by_label("Category").select_option(label="Videos (1)")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("status")).to_have_text("1 service")
    expect(page.get_by_text("Likes, quick")).to_have_count(0)
    context.close()
