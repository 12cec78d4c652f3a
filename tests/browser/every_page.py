"""Every page in a real browser: for everybody (axe-core), without an error, and without asking any other host.

On a desk by day, and on a phone by night. The documentation's own pages are looked at in tests/dashboard/developers.
"""

from collections.abc import Iterator, Mapping

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, ViewportSize

from tests.dashboard.walking import Address, addresses
from tests.dashboard.world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db(transaction=True)

DATA = (".md", ".json", ".txt", ".csv", ".xml", ".ico")
DESK, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=900)
AXE = Axe()
EVERYTHING = {
    "type": "tag",
    "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
}
# What can be otherwise in other colours and on a narrower page; the rest is the same elements again.
OF_LOOKS = {"type": "rule", "values": ["color-contrast", "scrollable-region-focusable", "target-size", "label"]}
Visit = tuple[Page, list[str]]


@pytest.fixture
def visiting(browser: Browser, address: str) -> Iterator[Visit]:
    """An empty page, and all that goes wrong on what it shows."""
    context = browser.new_context(base_url=address, reduced_motion="reduce")  # colours change at once
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda told: wrong.append(told.text) if told.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else wrong.append(asked.url))
    yield page, wrong
    context.close()


def test_every_page_of_somebody_logged_in(visiting: Visit, world: World, client: Client, address: str) -> None:
    page, wrong = visiting
    client.force_login(world.alice.user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
    pages = [each for each in _pages() if each.route.startswith(("dashboard", "accounts"))]
    assert _found_wrong(page, wrong, world, pages) == {}


def test_every_page_of_a_stranger(visiting: Visit, world: World) -> None:
    page, wrong = visiting
    assert _found_wrong(page, wrong, world, _pages()) == {}


def _found_wrong(page: Page, wrong: list[str], world: World, pages: list[Address]) -> dict[str, list[str]]:
    """Return what is wrong on each page, by its address."""
    found = {}
    seen = 0
    for each in pages:
        asked = page.request.get(each.of(world.things), max_redirects=0)
        if asked.ok and "<html" not in asked.text():
            continue  # a part of a page, for htmx
        if asked.status != 200:  # it leads elsewhere, takes forms only, or needs a link out of a mail
            assert asked.status in {301, 302, 303, 403, 404, 405}, each
            continue
        seen += 1
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(DESK)
        page.goto(each.of(world.things))
        problems = [*_barriers(page, EVERYTHING), *_too_wide(page)]
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(PHONE)
        problems += [*_barriers(page, OF_LOOKS), *_too_wide(page), *wrong]
        if problems:
            found[each.route] = problems
        wrong.clear()
    assert seen > 12
    return found


def _pages() -> list[Address]:
    known = {"sent", "webhook", "event", "key_id"}
    return [each for each in addresses() if set(each.parameters) <= known and not each.route.endswith(DATA)]


def _barriers(page: Page, rules: Mapping[str, object]) -> list[str]:
    """Return what axe-core finds that is serious or critical."""
    found = AXE.run(page, options={"runOnly": rules, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def _too_wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{wide} pixels wider than the window"] if wide > 0 else []
