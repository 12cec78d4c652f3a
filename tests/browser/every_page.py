"""Every page in a real browser: for everybody (axe-core), without an error, and without asking any other host."""

from collections.abc import Iterator
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page

from tests.dashboard.walking import Address, addresses
from tests.dashboard.world import World, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db(transaction=True)

DATA = (".md", ".json", ".txt", ".csv", ".xml", ".ico")
LOOKS: dict[str, tuple[Literal["light", "dark"], int]] = {
    "desk by day": ("light", 1440),
    "phone by night": ("dark", 390),
}
AXE = Axe()
EVERYTHING = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What can be otherwise in other colours and on a narrower page; the rest is the same elements again.
OF_LOOKS = ["color-contrast", "scrollable-region-focusable", "target-size", "label"]


@pytest.fixture(params=LOOKS)
def visiting(request: pytest.FixtureRequest, browser: Browser, address: str) -> Iterator[tuple[Page, list[str]]]:
    """An empty page of one look, and all that goes wrong on what it shows."""
    scheme, width = LOOKS[request.param]
    context = browser.new_context(
        base_url=address, color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page, wrong = context.new_page(), list[str]()
    page.on("console", lambda told: wrong.append(told.text) if told.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else wrong.append(asked.url))
    yield page, wrong
    context.close()


def test_every_page_of_somebody_logged_in(
    visiting: tuple[Page, list[str]], world: World, client: Client, address: str
) -> None:
    page, wrong = visiting
    client.force_login(world.alice.user)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
    assert _found_wrong(page, wrong, world) == {}


def test_every_page_of_a_stranger(visiting: tuple[Page, list[str]], world: World) -> None:
    page, wrong = visiting
    assert _found_wrong(page, wrong, world) == {}


def _found_wrong(page: Page, wrong: list[str], world: World) -> dict[str, list[str]]:
    """Return what is wrong on each page, by its address."""
    found = {}
    seen = 0
    for each in _pages():
        asked = page.request.get(each.of(world.things), max_redirects=0)
        if asked.ok and "<html" not in asked.text():
            continue  # a part of a page, for htmx
        if asked.status != 200:  # it leads elsewhere, takes forms only, or needs a link out of a mail
            assert asked.status in {301, 302, 303, 403, 404, 405}, each
            continue
        seen += 1
        page.goto(each.of(world.things))
        problems = [*wrong, *_barriers(page), *_too_wide(page)]
        if problems:
            found[each.route] = problems
        wrong.clear()
    assert seen > 12
    return found


def _pages() -> list[Address]:
    known = {"sent", "webhook", "event", "key_id", "slug"}
    return [each for each in addresses() if set(each.parameters) <= known and not each.route.endswith(DATA)]


def _barriers(page: Page) -> list[str]:
    """Return what axe-core finds that is serious or critical."""
    day = page.evaluate("matchMedia('(prefers-color-scheme: light)').matches")
    only = {"type": "tag", "values": EVERYTHING} if day else {"type": "rule", "values": OF_LOOKS}
    found = AXE.run(page, options={"runOnly": only, "resultTypes": ["violations"]}).response["violations"]
    return [
        f"{each['id']}: {node['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
        for node in each["nodes"]
    ]


def _too_wide(page: Page) -> list[str]:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{wide} pixels wider than the window"] if wide > 0 else []
