"""A panel that mails people, and somebody who can log in."""

import re
from html import unescape
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client
from django.utils.html import strip_tags

from accounts.models import Mail, User
from accounts.operations import create_reseller

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _mails(settings: Any) -> None:
    """A panel with a mail server; nothing is sent to it before a test asks for that."""
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    settings.PANEL_URL = "https://panel.example"


@pytest.fixture
def alice(tiers: None) -> User:
    """Somebody with an account that an operator made."""
    return create_reseller(email="alice@example.com", password=PASSWORD)


@pytest.fixture
def alices(alice: User) -> Client:
    """Alice's browser, logged in by the log-in page."""
    browser = Client()
    log_in(browser, alice.email)
    return browser


def log_in(browser: Client, email: str, password: str = PASSWORD, **more: Any) -> Any:
    return browser.post("/accounts/login/", {"login": email, "password": password, **more})


def is_logged_in(browser: Client) -> bool:
    return browser.get("/accounts/sessions/").status_code == 200


def prove(browser: Client, password: str = PASSWORD) -> None:
    """Say again who one is, as pages that change the account's security ask."""
    answer = browser.post("/accounts/reauthenticate/", {"password": password})
    assert answer.status_code == 302, text(answer)


def text(answer: Any) -> str:
    """What a person reads of a page's content, in one line."""
    page = answer.content.decode()
    content = page.partition('<main id="content"')[2].partition("</main>")[0]
    return " ".join(unescape(strip_tags((f"<main {content}" if content else page).replace("<", " <"))).split())


def mails(kind: str = "") -> list[Mail]:
    return list(Mail.objects.filter(kind__endswith=kind).order_by("id"))


def link_in(mail: Mail) -> str:
    """Return the one link of a mail, without the panel's address."""
    (link,) = set(re.findall(r"https://panel\.example(/\S+)", mail.body))
    return str(link)


def turn_on_totp(user: User) -> str:
    """Turn the authenticator app on, as its page does; return the key."""
    secret = str(generate_totp_secret())
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def code(secret: str, steps: int = 0) -> str:
    """Return what the app shows now, or so many steps of 30 s later."""
    now = list(yield_hotp_counters_from_time())[1]
    return str(format_hotp_value(hotp_value(secret, now + steps)))


def secret_on(page: str) -> str:
    """Return the key that the page shows for an authenticator app."""
    found = re.search(r'<code id="totp-key">([A-Z2-7]+)</code>', page)
    assert found is not None
    return found[1]
