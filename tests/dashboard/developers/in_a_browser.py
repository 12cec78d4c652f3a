"""The documentation in a real browser: with its few lines of script, and without any."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dashboard.developers.pages import PAGES
from tests.browser.conftest import address as address
from tests.browser.conftest import browser as browser
from tests.browser.conftest import page as page

PHONE, DESK = 390, 1440


@pytest.fixture
def scheme() -> str:
    return "light"


@pytest.fixture
def without_script(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(base_url=address, java_script_enabled=False)
    yield context.new_page()
    context.close()


def shown_code(page: Page) -> list[str]:
    """Return the language of the code that is shown of each example in view, folded ones left out."""
    boxes = page.locator(".tabs > .copy-box:visible")
    return [(boxes.nth(at).get_attribute("class") or "").split()[-1] for at in range(boxes.count())]


def test_who_chooses_a_language_reads_every_example_in_it_also_on_the_next_page(page: Page) -> None:
    page.goto("/developers/getting-started")
    assert shown_code(page) == ["sh", "sh", "sh"]
    page.locator(".tabs").nth(1).get_by_text("Python", exact=True).click()
    assert shown_code(page) == ["python", "python", "python"]
    page.goto("/developers/cancel")
    assert shown_code(page) == ["python"]


def test_languages_are_chosen_by_the_keyboard(page: Page) -> None:
    page.goto("/developers/cancel")
    page.locator(".tabs input").first.focus()
    page.keyboard.press("ArrowRight")
    assert shown_code(page) == ["javascript"]


def test_a_button_copies_the_code_it_stands_beside(page: Page, address: str) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/developers/balance")
    page.locator(".copy-box.sh button").click()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == f'curl -sS {address}/api/v2 \\\n  -d key="$NOTPANEL_KEY" \\\n  -d action=balance\n'


def test_what_is_looked_for_appears_while_it_is_written(page: Page) -> None:
    page.goto("/developers/balance")
    page.locator("input[name=q]").press_sequentially("old_posts")
    found = page.locator("section.manual-found a").first
    found.wait_for()
    assert page.url.endswith("/developers/balance")
    found.click()
    assert "/developers/place-order" in page.url


def test_a_link_to_what_is_folded_away_opens_it(page: Page) -> None:
    page.goto("/developers/place-order#example-poll")
    assert page.locator("#example-poll pre:visible").count() >= 1
    assert page.locator("#example-package pre:visible").count() == 0


@pytest.mark.parametrize("width", [PHONE, DESK])
def test_no_page_is_wider_than_the_screen(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    for each in PAGES.values():
        page.goto(each.path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, each.path


@pytest.mark.parametrize("slug", PAGES)
def test_nothing_serious_stands_in_anybody_s_way(page: Page, slug: str) -> None:
    page.emulate_media(color_scheme="dark" if slug in {"place-order", "errors"} else "light", reduced_motion="reduce")
    page.goto(PAGES[slug].path)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [each for each in found if each["impact"] in {"serious", "critical"}]
    assert [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in serious] == []


def test_all_of_it_can_be_read_without_any_script(without_script: Page) -> None:
    without_script.goto("/developers/cancel")
    assert shown_code(without_script) == ["sh"]
    without_script.locator(".tabs").first.get_by_text("PHP", exact=True).click()
    assert shown_code(without_script) == ["php"]
    assert without_script.locator("[data-copy]:visible").count() == 0
    without_script.locator("summary").first.click()
    assert without_script.locator("details[open] pre:visible").count() >= 1
    without_script.locator("input[name=q]").fill("refund")
    without_script.locator("input[name=q]").press("Enter")
    assert "/developers/search?q=refund" in without_script.url
    assert without_script.locator("section.manual-found li").count() > 1
