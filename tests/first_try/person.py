"""A person's first hour, in a real browser, at a panel as `make up` starts it.

Signs up, confirms, secures the account, makes a key, orders with it through the API, sees the balance move, cancels,
sees the refund, and takes the orders home as CSV.
"""

import base64
import csv
import hashlib
import hmac
import re
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from email import message_from_bytes, policy

import pytest
from playwright.sync_api import Browser, Page, expect

from kit.money import wire
from tests.browser.conftest import browser
from tests.embedded.running import ROOT, Panel
from tests.first_try.reseller import Reseller
from tests.waiting import wait_until

__all__ = ["browser"]
pytestmark = pytest.mark.xdist_group("whole panels")

NEWCOMER, PASSWORD = "newcomer@example.com", "correct horse battery"
LINK = re.compile(r"^http\S+$", re.MULTILINE)
KEY = re.compile(r"np_live_\w{49}")


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """An empty page; at the end nothing may have gone wrong on any it showed, nor been asked of another host."""
    context = browser.new_context(base_url=address, accept_downloads=True)
    context.set_default_timeout(15_000)
    shown = context.new_page()
    wrong: list[str] = []
    shown.on("console", lambda message: wrong.append(message.text) if message.type in {"error", "warning"} else None)
    shown.on("pageerror", lambda error: wrong.append(str(error)))
    shown.on("request", lambda asked: None if asked.url.startswith((address, "data:")) else wrong.append(asked.url))
    yield shown
    context.close()
    assert wrong == []


def test_from_signing_up_to_a_refund(page: Page, panel: Panel, address: str) -> None:
    sign_up(page, panel)
    recovery = turn_on_a_second_factor(page)
    deposit(panel)
    reseller = Reseller(address, make_a_key(page, recovery))
    before = shown_balance(page)
    order, charge = order_in_runs(reseller)
    expect(page.locator("#balance b")).to_have_text(f"${wire(before - charge)}", timeout=30_000)  # it asks by itself
    cancel(page, order)
    refunded = wait_for_the_refund(page, order)
    assert shown_balance(page) == before - charge + refunded == Decimal(reseller.balance())
    assert Decimal(0) < refunded <= charge
    assert exported(page) == [(order, wire(charge - refunded))]


def sign_up(page: Page, panel: Panel) -> None:
    page.goto("/")
    page.get_by_role("link", name="Sign up").first.click()
    page.get_by_label("E-mail").fill(NEWCOMER)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign up").click()
    expect(page.get_by_text(NEWCOMER)).to_be_visible()
    page.goto(LINK.findall(captured_mail(panel))[0])
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()


def captured_mail(panel: Panel) -> str:
    """Return the text of the one mail that the panel has written into its folder, having no mail server."""
    folder = panel.home / "mail"
    wait_until(lambda: list(folder.glob("*.eml")), "the mail")
    (mail,) = folder.glob("*.eml")
    text: str = message_from_bytes(mail.read_bytes(), policy=policy.default).get_content()
    return text


def turn_on_a_second_factor(page: Page) -> list[str]:
    """Turn TOTP on, and return the recovery codes."""
    page.goto("/accounts/2fa/")
    page.get_by_role("link", name="Turn on").click()
    if "reauthenticate" in page.url:
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Go on").click()
    secret = page.locator(".secret code").inner_text()
    page.locator("input[name=code]").fill(one_time_code(secret))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return re.findall(r"\b\d{8}\b", page.get_by_role("main").inner_text())


def one_time_code(secret: str) -> str:
    """Return the code that an authenticator shows now (RFC 6238, six digits, 30 s)."""
    digest = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(time.time()) // 30), hashlib.sha1)
    (number,) = struct.unpack(">I", digest[digest[-1] & 15 :][:4])
    return f"{(number & 0x7FFFFFFF) % 10**6:06}"


def deposit(panel: Panel) -> None:
    """Have the operator deposit 50 USD."""
    command = [sys.executable, "manage.py", "deposit", NEWCOMER, "50", "--reference", "first"]
    subprocess.run(command, cwd=ROOT, env=panel.command()["env"], check=True, capture_output=True, timeout=120)


def make_a_key(page: Page, recovery: list[str]) -> str:
    page.goto("/dashboard/api")
    page.get_by_role("link", name="Make a key").click()
    page.get_by_label("Name").fill("my shop")
    page.locator("input[name=proof-password]").fill(PASSWORD)
    page.locator("input[name=proof-code]").fill(recovery[0])
    page.get_by_role("button", name="Make the key").click()
    return str(KEY.findall(page.locator(".secret code").inner_text())[0])


def shown_balance(page: Page) -> Decimal:
    page.goto("/dashboard")
    return Decimal(page.locator("#balance b").inner_text().removeprefix("$"))


def order_in_runs(reseller: Reseller) -> tuple[str, Decimal]:
    """Order three runs an hour apart, so that there is something left to cancel; return its id and its charge."""
    services = reseller.ask(action="services")
    service = next(each for each in services if each["cancel"] and each["dripfeed"] and each["type"] == "Default")
    wanted = {"service": service["service"], "link": "https://example.com/p/1", "quantity": 1000, "runs": 3}
    order = reseller.ask(action="add", request_id="first", interval=60, **wanted)["order"]
    return order, Decimal(reseller.ask(action="status", order=order)["charge"])


def cancel(page: Page, order: str) -> None:
    page.goto("/dashboard/orders")
    page.get_by_role("link", name=order).first.click()
    page.get_by_text("Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel this order").click()


def wait_for_the_refund(page: Page, order: str) -> Decimal:
    """Wait until the provider has had its word on the run that it has; return what went back in all."""
    ended = re.compile("Canceled|Partial|Completed")
    expect(page.get_by_role("main").locator(".badge").first).to_have_text(ended, timeout=60_000)  # it asks by itself
    page.goto("/dashboard/wallet")
    refunds = page.locator("tr", has_text=order).filter(has_text="+$")
    return sum((Decimal(re.findall(r"\+\$([\d.]+)", each)[0]) for each in refunds.all_inner_texts()), Decimal(0))


def exported(page: Page) -> list[tuple[str, str]]:
    """Return each order's id and what was kept of its charge, from the CSV that the page gives."""
    page.goto("/dashboard/orders")
    with page.expect_download() as download:
        page.get_by_role("link", name="Export as CSV").click()
    rows = list(csv.DictReader(download.value.path().read_text(encoding="utf-8-sig").splitlines()))
    return [(row["order"], row["kept_usd"]) for row in rows]
