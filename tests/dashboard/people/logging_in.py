"""Logging in: with a password, with a code beside it, or with a passkey alone."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from accounts.models import User
from accounts.operations import create_reseller, set_password, suspend
from tests.dashboard.people.conftest import PASSWORD, code, is_logged_in, log_in, mails, prove, text, turn_on_totp
from tests.dashboard.people.passkey import FLAG, Passkey

pytestmark = pytest.mark.django_db
SECOND = "/accounts/2fa/authenticate/"
PASSKEY = "/accounts/2fa/webauthn/login/"


def options(browser):
    return browser.get(PASSKEY, headers={"Accept": "application/json"}).json()["request_options"]


def options_in(page):
    found = re.search(r'<script id="passkey-options" type="application/json">(.*?)</script>', page.content.decode())
    assert found is not None
    return json.loads(found[1])


@pytest.mark.parametrize("email", ["alice@example.com", " Alice@EXAMPLE.com "])
def test_the_password_opens_the_dashboard(client, alice, email):
    assert log_in(client, email)["Location"] == "/dashboard"
    assert is_logged_in(client)


def test_a_wrong_password_and_a_wrong_address_are_told_the_same(client, alice):
    wrong, unknown = log_in(client, alice.email, "wrong"), log_in(client, "nobody@example.com")
    assert "The e-mail address or the password is wrong." in text(wrong)
    assert text(wrong).replace("alice@", "nobody@") == text(unknown)
    assert not is_logged_in(client)


def test_an_address_that_waits_to_be_confirmed_opens_nothing(client, alice):
    alice.emailaddress_set.create(email="new@example.com")
    assert "is wrong" in text(log_in(client, "new@example.com"))
    assert mails() == []


def test_an_account_without_a_password_is_opened_by_none(client, tiers):
    create_reseller(email="bob@example.com", password=None)
    assert "is wrong" in text(log_in(client, "bob@example.com", "!"))


@pytest.mark.parametrize(
    ("wanted", "goes_to"),
    [
        ("/dashboard/orders?status=partial", "/dashboard/orders?status=partial"),
        ("/admin/", "/admin/"),
        ("https://evil.example/", "/dashboard"),
        ("//evil.example/", "/dashboard"),
        ("javascript:alert(1)", "/dashboard"),
    ],
)
def test_one_comes_to_where_one_wanted_to_and_to_no_other_host(client, alice, wanted, goes_to):
    assert log_in(client, alice.email, next=wanted)["Location"] == goes_to


def test_it_is_remembered_for_two_weeks_only_where_one_wants_that(client, alice):
    log_in(client, alice.email)
    assert client.session.get_expire_at_browser_close()
    log_in(other := Client(), alice.email, remember="on")
    assert other.session.get_expiry_age() == 14 * 24 * 3600


def test_logging_out_takes_a_post(alices):
    assert "Do you want to log out?" in text(alices.get("/accounts/logout/"))
    assert is_logged_in(alices)
    assert alices.post("/accounts/logout/")["Location"] == "/"
    assert not is_logged_in(alices)


def test_with_an_app_on_the_password_is_half_of_it(client, alice):
    secret = turn_on_totp(alice)
    assert log_in(client, alice.email)["Location"] == SECOND
    assert not is_logged_in(client)
    wrong = client.post(SECOND, {"code": "000000"})
    assert (wrong.status_code, "This code is wrong" in text(wrong)) == (200, True)
    assert not is_logged_in(client)
    assert client.post(SECOND, {"code": code(secret)})["Location"] == "/dashboard"
    assert is_logged_in(client)


def test_a_code_that_was_used_opens_no_second_session(alice):
    secret = turn_on_totp(alice)
    shown = code(secret)
    for browser, opens in ((Client(), True), (Client(), False)):
        log_in(browser, alice.email)
        browser.post(SECOND, {"code": shown})
        assert is_logged_in(browser) is opens


def test_a_recovery_code_opens_once_and_the_page_counts_what_is_left(alice):
    turn_on_totp(alice)
    recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[3]
    for browser, opens in ((Client(), True), (Client(), False)):
        log_in(browser, alice.email)
        browser.post(SECOND, {"code": recovery})
        assert is_logged_in(browser) is opens
        if opens:
            assert "9 codes are left." in text(browser.get("/accounts/2fa/"))


def test_the_second_step_without_the_first_leads_back_to_it(client, alice):
    turn_on_totp(alice)
    assert client.get(SECOND)["Location"] == "/accounts/login/"
    assert client.post(SECOND, {"code": "123456"})["Location"] == "/accounts/login/"


def test_what_cannot_be_decrypted_any_more_opens_nothing_and_is_logged(client, alice, caplog):
    turn_on_totp(alice)
    Authenticator.objects.filter(type="totp").update(data={"secret": "gone"})
    log_in(client, alice.email)
    assert client.post(SECOND, {"code": "123456"}).status_code == 200
    assert f"the second factor of {alice} cannot be read" in caplog.text


def test_a_passkey_logs_in_alone(client, alice):
    passkey = Passkey()
    passkey.belongs_to(alice)
    signed = passkey.signed(options(client), alice)
    answer = client.post(PASSKEY, {"credential": json.dumps(signed), "next": "/admin/"})
    assert answer["Location"] == "/admin/"
    assert is_logged_in(client)


def test_a_passkey_that_asked_for_no_finger_does_not_do_alone(client, alice):
    passkey = Passkey()
    passkey.belongs_to(alice)
    signed = passkey.signed(options(client), alice, flags=FLAG(FLAG.UP))
    assert client.post(PASSKEY, {"credential": json.dumps(signed)})["Location"] == "/accounts/login/"
    assert not is_logged_in(client)


def test_a_passkey_is_a_second_step_too(client, alice):
    passkey = Passkey()
    passkey.belongs_to(alice)
    log_in(client, alice.email)
    signed = passkey.signed(options_in(client.get(SECOND)), alice)
    assert client.post(SECOND, {"credential": json.dumps(signed)})["Location"] == "/dashboard"


def test_a_passkey_of_a_suspended_account_shows_why(client, alice):
    passkey = Passkey()
    passkey.belongs_to(alice)
    suspend(account_id=alice.pk, reason="a reason")
    answer = client.post(PASSKEY, {"credential": json.dumps(passkey.signed(options(client), alice))})
    assert (answer.status_code, "a reason" in text(answer)) == (403, True)
    assert not is_logged_in(client)


@pytest.mark.parametrize("nonsense", ["", "{}", "[]", "x", "null", "[" * 60_000, "x" * 70_000, '{"response": []}'])
def test_nonsense_for_a_passkey_is_only_wrong(client, alice, nonsense):
    Passkey().belongs_to(alice)
    options(client)
    assert client.post(PASSKEY, {"credential": nonsense})["Location"] == "/accounts/login/"
    log_in(client, alice.email)
    client.get(SECOND)
    assert client.post(SECOND, {"credential": nonsense}).status_code == 200
    assert not is_logged_in(client)


def test_a_passkey_proves_it_again(alices, alice):
    passkey = Passkey()
    passkey.belongs_to(alice)
    page = "/accounts/2fa/webauthn/reauthenticate/"
    signed = passkey.signed(options_in(alices.get(page)), alice)
    assert (
        alices.post(page, {"credential": json.dumps(signed), "next": "/accounts/2fa/"})["Location"] == "/accounts/2fa/"
    )
    assert alices.get("/accounts/2fa/totp/activate/").status_code == 200
    prove(alices, PASSWORD)


def test_a_password_that_was_changed_meanwhile_opens_nothing_with_a_right_code(client, alice):
    secret = turn_on_totp(alice)
    assert log_in(client, alice.email)["Location"] == SECOND
    set_password(user=User.objects.get(pk=alice.pk), password="quite another one")
    answer = client.post(SECOND, {"code": code(secret)}, follow=True)
    assert answer.redirect_chain == [("/accounts/login/", 302)]
    assert "The password was changed meanwhile. Log in again." in answer.content.decode()
    assert "_auth_user_id" not in client.session
    assert not is_logged_in(client)
    assert client.get(SECOND)["Location"] == "/accounts/login/"
    assert log_in(client, alice.email, "quite another one")["Location"] == SECOND
    assert client.post(SECOND, {"code": code(secret, 1)})["Location"] == "/dashboard"
