"""A passkey in a real browser, with an authenticator that Chromium plays: added, then enough by itself, then beside."""

import os

import pytest
from playwright.sync_api import Page, expect

from accounts.models import User
from accounts.operations import create_reseller
from tests.browser.conftest import Picture
from tests.dashboard.people.conftest import code, secret_on

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD = "correct horse battery"


@pytest.fixture
def scheme() -> str:
    """One run is enough for what this tries; SCHEME=dark takes the other pictures."""
    return os.environ.get("SCHEME", "light")


@pytest.fixture
def alice(tiers: None) -> User:
    return create_reseller(email="alice@example.com", password=PASSWORD)


@pytest.fixture
def panel(address: str) -> str:
    """The panel by a name: browsers make no passkeys for a number."""
    return address.replace("127.0.0.1", "localhost")


@pytest.fixture
def authenticator(page: Page) -> None:
    """A phone that always knows its owner's finger."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    able = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": able | {"isUserVerified": True}})


def log_in(page: Page, panel: str) -> None:
    page.goto(f"{panel}/accounts/login/")
    page.get_by_label("E-mail address").fill("alice@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()


def log_out(page: Page, panel: str) -> None:
    page.goto(f"{panel}/accounts/logout/")
    page.locator("#content").get_by_role("button", name="Log out").click()


def test_is_added_and_logs_in_alone_and_as_the_second_step(
    page: Page, panel: str, alice: User, authenticator: None, picture: Picture
) -> None:
    page.goto(f"{panel}/accounts/login/")
    picture("people-login")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Show the password").click()
    assert page.get_by_label("Password", exact=True).get_attribute("type") == "text"
    log_in(page, panel)
    page.wait_for_url("**/dashboard")

    page.goto(f"{panel}/accounts/2fa/")
    picture("people-two-factor")
    page.get_by_role("link", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Show that it is you")).to_be_visible()
    picture("people-prove")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", name="Add a passkey")).to_be_visible()
    picture("people-add-passkey")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    picture("people-recovery-codes")
    page.goto(f"{panel}/accounts/2fa/webauthn/")
    expect(page.get_by_text("logs in alone")).to_be_visible()
    picture("people-passkeys")

    log_out(page, panel)
    page.goto(f"{panel}/accounts/login/?next=/accounts/sessions/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.get_by_role("heading", name="Where you are logged in")).to_be_visible()
    picture("people-sessions")

    log_out(page, panel)
    log_in(page, panel)
    expect(page.get_by_role("heading", name="The second step")).to_be_visible()
    picture("people-second-step")
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/dashboard")


def test_an_app_is_turned_on_by_its_page(page: Page, panel: str, alice: User, picture: Picture) -> None:
    log_in(page, panel)
    page.wait_for_url("**/dashboard")
    page.goto(f"{panel}/accounts/2fa/totp/activate/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    assert page.evaluate("document.querySelector('.qr').naturalWidth") > 0
    picture("people-totp")
    page.get_by_label("Code", exact=True).fill(code(secret_on(page.content())))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    for name in ("email", "password/change", "password/reset", "signup"):
        page.goto(f"{panel}/accounts/{name}/")
        picture(f"people-{name.replace('/', '-')}")


def test_a_browser_that_makes_none_here_is_told_why(page: Page, address: str, alice: User) -> None:
    page.goto(f"{address}/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    expect(page.locator("[data-passkey-problem]")).to_contain_text("a name in the address bar instead of numbers")
