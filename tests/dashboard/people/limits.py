"""What can be guessed may be tried so often a minute: from one address, and at one account."""

import time
from types import SimpleNamespace

import pytest
from django.core import signing
from django.test import Client

from accounts.models import Mail, User
from accounts.operations import create_reseller
from dashboard.people.limits import LIMITED
from kit import trying
from kit.counters import Counters
from tests.dashboard.people.conftest import PASSWORD, is_logged_in, log_in, text, turn_on_totp

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _three_tries_in_a_window_that_does_not_end(settings, monkeypatch):
    settings.RATE_LIMIT_LOGIN = 3
    monkeypatch.setattr(trying, "local", Counters())
    now = time.time()
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: now))


@pytest.fixture
def bob(tiers):
    return create_reseller(email="bob@example.com", password=PASSWORD)


def log_in_from(address, browser, email, password=PASSWORD):
    return browser.post("/accounts/login/", {"login": email, "password": password}, REMOTE_ADDR=address)


def refused(answer):
    assert answer.status_code == 429, text(answer)
    assert "Try again in 1 minute." in text(answer)
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer["Cache-Control"] == "private, no-store"


def test_an_account_is_tried_from_many_addresses_three_times(client, alice):
    for number in range(3):
        assert log_in_from(f"203.0.113.{number}", client, alice.email, "wrong").status_code == 200


PAGES = {
    "/accounts/login/": {"login": "alice@example.com", "password": "wrong"},
    "/accounts/signup/": {"email": "carol@example.com", "password1": "1"},
    "/accounts/password/reset/": {"email": "nobody@example.com"},
    "/accounts/2fa/webauthn/login/": {"credential": "{}"},
    "/accounts/confirm-email/MQ:1:x/": {},
    "/accounts/password/reset/key/1-set-password/": {"password1": "1"},
}
WITHIN = {
    "/accounts/email/": {"email": "new@example.com", "action_send": "1"},
    "/accounts/reauthenticate/": {"password": "wrong"},
    "/accounts/password/change/": {"oldpassword": "wrong", "password1": "1"},
    "/accounts/2fa/reauthenticate/": {"code": "1"},
    "/accounts/2fa/webauthn/reauthenticate/": {"credential": "{}"},
    "/accounts/2fa/totp/activate/": {"code": "1"},
}


@pytest.mark.parametrize("page", PAGES)
def test_one_address_tries_three_times_and_another_may_go_on(alice, page):
    for _ in range(3):
        assert Client().post(page, PAGES[page]).status_code in (200, 302, 404)
    refused(Client().post(page, PAGES[page]))
    refused(Client().post(page, PAGES[page] | {"login": "x@example.com", "email": "y@example.com"}))
    other = {name: value.replace("@", ".other@") for name, value in PAGES[page].items()}
    assert Client().post(page, other, REMOTE_ADDR="203.0.113.9").status_code in (200, 302, 404)
    assert Client().get(page).status_code in (200, 302, 404)


@pytest.mark.parametrize("page", [page for page in PAGES if "@" in str(PAGES[page])])
def test_one_account_is_tried_three_times_from_anywhere(alice, page):
    for number in range(3):
        Client().post(page, PAGES[page], REMOTE_ADDR=f"203.0.113.{number}")
    refused(Client().post(page, {name: f" {value.upper()}" for name, value in PAGES[page].items()}))


@pytest.mark.parametrize("page", WITHIN)
def test_within_an_account_it_is_the_account_that_is_counted(alices, alice, page):
    turn_on_totp(alice)
    for number in range(3):
        assert alices.post(page, WITHIN[page], REMOTE_ADDR=f"203.0.113.{number}").status_code in (200, 302)
    refused(alices.post(page, WITHIN[page], REMOTE_ADDR="203.0.113.99"))


def test_a_second_factor_is_tried_three_times_by_whoever_knows_the_password(alice):
    turn_on_totp(alice)
    browsers = [Client(REMOTE_ADDR=f"203.0.113.{number}") for number in range(4)]
    for browser in browsers[:3]:
        log_in(browser, f" {alice.email}")
    settings_page = "/accounts/2fa/authenticate/"
    for browser in browsers[:3]:
        assert browser.post(settings_page, {"code": "000000"}).status_code == 200
    refused(browsers[0].post(settings_page, {"code": "000000"}))


def test_what_is_refused_does_nothing(alice):
    for _ in range(3):
        log_in(Client(), alice.email, "wrong")
    browser = Client()
    refused(log_in(browser, alice.email, PASSWORD))
    assert not is_logged_in(browser)
    for _ in range(3):
        Client().post("/accounts/signup/", {"email": "carol@example.com", "password1": "1"})
    refused(Client().post("/accounts/signup/", {"email": "carol@example.com", "password1": PASSWORD}))
    assert (User.objects.count(), Mail.objects.count()) == (1, 0)


def test_every_page_that_takes_a_secret_is_in_the_table():
    tried = {*PAGES, *WITHIN, "/accounts/password/set/", "/accounts/2fa/authenticate/"}
    assert len(LIMITED) == len(tried)


@pytest.mark.parametrize("limit", [None])
def test_off_is_off(alice, settings, limit):
    settings.RATE_LIMIT_LOGIN = limit
    assert [log_in(Client(), alice.email, "wrong").status_code for _ in range(5)] == [200] * 5


def twenty_tries_of_a_stranger(email):
    answers = [log_in_from("203.0.113.66", Client(), email, "wrong").status_code for _ in range(20)]
    assert answers[3:] == [429] * 17


def test_strangers_do_not_shut_the_owners_own_browser_out(alices, alice):
    alices.post("/accounts/logout/")
    twenty_tries_of_a_stranger("Alice@example.com ")
    refused(log_in_from("203.0.113.5", Client(), alice.email))
    assert log_in(alices, " Alice@EXAMPLE.com")["Location"] == "/dashboard"


def test_a_known_browser_is_counted_too(alices, alice):
    alices.post("/accounts/logout/")
    for number in range(3):
        assert log_in_from(f"203.0.113.{number}", alices, alice.email, "wrong").status_code == 200
    refused(log_in_from("203.0.113.5", alices, alice.email))


def test_a_browser_is_known_at_its_own_account_alone_and_by_no_forged_cookie(alices, alice, bob):
    alices.post("/accounts/logout/")
    twenty_tries_of_a_stranger(bob.email)
    refused(log_in_from("203.0.113.5", alices, bob.email))
    cookie = alices.cookies["known"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 365 * 24 * 3600)
    for forged in (cookie.value[:-1], "", "1", signing.dumps(bob.pk)):
        browser = Client()
        browser.cookies["known"] = forged
        refused(log_in_from("203.0.113.6", browser, bob.email))


def test_an_account_with_a_second_factor_is_known_by_a_whole_log_in_alone(client, alice):
    turn_on_totp(alice)
    assert log_in(client, alice.email)["Location"] == "/accounts/2fa/authenticate/"
    assert "known" not in client.cookies
