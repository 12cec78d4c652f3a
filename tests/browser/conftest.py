"""A real browser before the real WSGI application. SCREENSHOTS=folder keeps a picture of every page visited."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
from django.db import connections
from playwright.sync_api import Browser, Page, Request, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
WHY_NOT = "no chromium on the PATH: install it (Debian: apt-get install chromium) to run the tests in a browser"
FLAGS = (
    *("--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
PATIENCE_MS = 10_000


class Server(ThreadingMixIn, WSGIServer):
    """A thread a request, each of which leaves no database connection behind."""

    daemon_threads = False

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer, then close what the thread opened."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            connections.close_all()


class Quiet(WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the library's name
        """Log nothing."""


@pytest.fixture
def address(transactional_db: None, settings: Any) -> Iterator[str]:
    """Return where the panel answers, on a free port of 127.0.0.1."""
    from notpanel.wsgi import application

    server = make_server("127.0.0.1", 0, application, server_class=Server, handler_class=Quiet)
    url = f"http://127.0.0.1:{server.server_port}"
    settings.CSRF_TRUSTED_ORIGINS = [url]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield url
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return chromium, with a profile of its own."""
    if CHROMIUM is None:
        pytest.skip(WHY_NOT)
    with pytest.MonkeyPatch.context() as patch:
        # Playwright's synchronous interface keeps an event loop in this thread; the tests' own queries do not meet it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
            yield chromium
            chromium.close()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    """Return the colours that the operator's machine asks for."""
    return str(request.param)


def _failure(request: Request) -> str | None:
    # A page that is left calls off what it was still loading; what is missing or broken has another word, or a status.
    return None if request.failure == "net::ERR_ABORTED" else f"failed: {request.url} ({request.failure})"


@pytest.fixture
def page(browser: Browser, address: str, scheme: Any) -> Iterator[Page]:
    """Return an empty page; at the end nothing may have gone wrong on any it showed."""
    context = browser.new_context(base_url=address, color_scheme=scheme, viewport={"width": 1440, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    shown = context.new_page()
    wrong: list[str] = []
    shown.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.on("requestfailed", lambda request: wrong.append(failed) if (failed := _failure(request)) else None)
    shown.on(
        "response", lambda answer: wrong.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None
    )
    yield shown
    context.close()
    assert wrong == []


Picture = Callable[[str], None]


@pytest.fixture
def picture(page: Page, scheme: str) -> Picture:
    """Keep a picture of the page where SCREENSHOTS names a folder."""
    folder = os.environ.get("SCREENSHOTS")

    def take(name: str) -> None:
        if folder:
            page.evaluate("document.fonts.ready")
            height = page.evaluate("Math.max(900, document.querySelector('#main, body').scrollHeight + 80)")
            page.set_viewport_size({"width": 1440, "height": height})
            page.screenshot(path=Path(folder) / f"{name}-{scheme}.png", caret="initial")
            page.set_viewport_size({"width": 1440, "height": 900})

    return take
