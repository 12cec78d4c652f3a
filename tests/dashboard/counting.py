"""How many statements a page takes."""

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def statements(browser: Client, address: str) -> list[str]:
    """Return the statements of a page, once the cache has the balance that stands on every page."""
    assert browser.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        assert browser.get(address).status_code == 200
    return [each["sql"] for each in captured.captured_queries]
