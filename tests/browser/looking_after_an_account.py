"""A reseller looks after the account in a real browser: a webhook and its secret, what was spent, the statement."""

import os
import re
from decimal import Decimal

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from kit import encryption
from tests.browser.conftest import Picture
from tests.conftest import Person
from tests.webhooks.conftest import locally
from wallets.operations import charge
from webhooks.models import Endpoint

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["locally"]
# Both schemes where somebody is to look at the pictures.
EITHER = pytest.mark.parametrize("scheme", ["light", "dark"] if os.environ.get("SCREENSHOTS") else ["dark"])


@pytest.fixture
def alices(page: Page, alice: Person, address: str) -> Page:
    """A browser that alice is logged in with."""
    client = Client()
    client.force_login(alice.user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": address}])
    return page


@EITHER
def test_adds_a_webhook_and_copies_its_secret(alices: Page, address: str, locally: None, picture: Picture) -> None:
    alices.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address)
    alices.goto("/dashboard/webhooks")
    alices.get_by_role("link", name="Add a webhook").click()
    alices.get_by_label("URL").fill("http://127.0.0.1:9999/hooks")
    partly = alices.get_by_label("order.partial")
    expect(partly).not_to_be_visible()
    alices.get_by_label("Only these:").check()
    partly.check()
    alices.get_by_label("balance.low").check()
    picture("webhook-new")
    alices.get_by_role("button", name="Add", exact=True).click()

    expect(alices.get_by_role("heading", name="The webhook is added")).to_be_visible()
    made = Endpoint.objects.get()
    secret = encryption.decrypt(made.secret_encrypted)
    assert made.events == ["order.partial", "balance.low"]
    alices.get_by_role("button", name="Copy").click()
    expect(alices.get_by_role("button", name="Copied")).to_be_visible()
    assert alices.evaluate("navigator.clipboard.readText()") == secret

    alices.get_by_role("button", name="Send a test").click()
    expect(alices.get_by_role("link", name="webhook.test")).to_be_visible()
    assert secret not in alices.content()
    picture("webhook")


@EITHER
def test_reads_what_was_spent_and_takes_the_statement_along(alices: Page, alice: Person, picture: Picture) -> None:
    charge(account_id=alice.id, amount=Decimal("2.50"), reference="order:1:charge")
    alices.goto("/dashboard")
    expect(alices.get_by_role("img", name="Spend over 30 days")).to_be_visible()
    alices.get_by_text("Each day", exact=True).click()
    expect(alices.get_by_role("row").nth(1).get_by_text("$2.50")).to_be_visible()
    picture("overview")

    alices.locator("nav").get_by_role("link", name="Wallet").click()
    alices.get_by_label("Kind").select_option("Order")
    alices.get_by_role("button", name="Search").click()
    expect(alices).to_have_url(re.compile(r"kind=sales.*#statement$"))
    with alices.expect_download() as downloading:
        alices.get_by_role("link", name="Export as CSV").click()
    lines = downloading.value.path().read_text(encoding="utf-8-sig").splitlines()
    assert [line.split(",")[2] for line in lines] == ["kind", "sales"]
    assert lines[1].endswith(",-2.50,97.50")
    picture("wallet")
