"""Showing that it is you, each time: the password, and a code or a passkey where a second factor is on."""

import json
import re

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.template import engines
from django.urls import path
from django.views.decorators.http import require_http_methods

from dashboard.people.guarding import reseller_page
from dashboard.people.proving import Proof
from notpanel.urls import urlpatterns as of_the_panel
from tests.dashboard.people.conftest import PASSWORD, code, text, turn_on_totp
from tests.dashboard.people.passkey import Passkey

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
PAGE = "/something"
WRONG = "This is not your password."


@require_http_methods(["GET", "POST"])
@reseller_page
def something(request):
    proof = Proof(request)
    if request.method == "POST" and proof.check():
        return HttpResponse("done")
    page = engines["django"].from_string('<main id="content"><form>{% include "account/proof.html" %}</form></main>')
    return HttpResponse(page.render({"proof": proof}, request), status=proof.status)


urlpatterns = [*of_the_panel, path("something", something)]


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    return client


def post(browser, **given):
    return browser.post(PAGE, {f"proof-{name}": value for name, value in given.items()})


def answered(answer):
    return answer.status_code, text(answer)


def options(page):
    found = re.search(r'<script id="proof-passkey" type="application/json">(.*?)</script>', page.content.decode())
    assert found is not None
    return json.loads(found[1])


def test_the_password_is_enough_without_a_second_factor(browser):
    assert "Code" not in text(browser.get(PAGE))
    assert answered(post(browser, password=PASSWORD)) == (200, "done")


@pytest.mark.parametrize(("password", "status", "said"), [("wrong", 403, WRONG), ("", 200, "This field is required.")])
def test_a_wrong_password_is_not(browser, password, status, said):
    answer = post(browser, password=password)
    assert (answer.status_code, said in text(answer)) == (status, True)


def test_it_is_asked_each_time(browser):
    assert answered(post(browser, password=PASSWORD)) == (200, "done")
    assert post(browser, password="wrong").status_code == 403


def test_with_an_app_on_the_code_is_asked_too_and_is_good_for_once(browser, alice):
    secret = turn_on_totp(alice)
    assert "Code of your authenticator app" in text(browser.get(PAGE))
    assert "Enter a code." in text(post(browser, password=PASSWORD))
    assert post(browser, password=PASSWORD, code="000000").status_code == 403
    shown = code(secret)
    assert answered(post(browser, password=PASSWORD, code=f" {shown} ")) == (200, "done")
    again = post(browser, password=PASSWORD, code=shown)
    assert (again.status_code, "was used before" in text(again)) == (403, True)
    assert answered(post(browser, password=PASSWORD, code=code(secret, 1))) == (200, "done")


def test_a_code_older_than_the_last_one_used_is_refused(browser, alice):
    secret = turn_on_totp(alice)
    older = code(secret)
    assert answered(post(browser, password=PASSWORD, code=code(secret, 1))) == (200, "done")
    assert post(browser, password=PASSWORD, code=older).status_code == 403


def test_a_wrong_password_uses_no_code_up(browser, alice):
    secret = turn_on_totp(alice)
    assert post(browser, password="wrong", code=code(secret)).status_code == 403
    assert answered(post(browser, password=PASSWORD, code=code(secret))) == (200, "done")


def test_a_recovery_code_opens_once(browser, alice):
    turn_on_totp(alice)
    recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert answered(post(browser, password=PASSWORD, code=recovery)) == (200, "done")
    assert post(browser, password=PASSWORD, code=recovery).status_code == 403


def test_a_passkey_does_in_place_of_a_code(browser, alice):
    passkey = Passkey()
    row = passkey.belongs_to(alice)
    signed = json.dumps(passkey.signed(options(browser.get(PAGE)), alice))
    assert "or use a passkey" in text(post(browser, password=PASSWORD))
    signed = json.dumps(passkey.signed(options(browser.get(PAGE)), alice))
    assert answered(post(browser, password=PASSWORD, credential=signed)) == (200, "done")
    row.refresh_from_db()
    assert row.last_used_at is not None


def test_what_a_passkey_signed_counts_once_and_for_the_question_that_was_asked(browser, alice):
    passkey = Passkey()
    passkey.belongs_to(alice)
    signed = json.dumps(passkey.signed(options(browser.get(PAGE)), alice))
    assert answered(post(browser, password=PASSWORD, credential=signed)) == (200, "done")
    assert post(browser, password=PASSWORD, credential=signed).status_code == 403
    browser.get(PAGE)
    assert post(browser, password=PASSWORD, credential=signed).status_code == 403


def test_somebody_elses_passkey_and_nonsense_are_refused(browser, alice):
    Passkey().belongs_to(alice)
    asked = options(browser.get(PAGE))
    for nonsense in [
        json.dumps(Passkey().signed(asked, alice)),
        "{}",
        "[]",
        "null",
        "x",
        "[" * 60_000,
        '{"id": "x", "rawId": "x", "type": "public-key", "response": {}}',
        '{"id": 5, "rawId": null, "response": {"clientDataJSON": "e30", "authenticatorData": "x", "signature": "x"}}',
    ]:
        answer = post(browser, password=PASSWORD, credential=nonsense)
        assert answer.status_code in (200, 403), nonsense
        assert b"done" not in answer.content


def test_tries_are_counted_for_the_account_from_wherever_they_come(browser, alice, settings):
    settings.RATE_LIMIT_LOGIN = 3
    for number in range(3):
        assert browser.post(PAGE, {"proof-password": "x"}, REMOTE_ADDR=f"203.0.113.{number}").status_code == 403
    refused = browser.post(PAGE, {"proof-password": PASSWORD}, REMOTE_ADDR="203.0.113.9")
    assert refused.status_code == 429
    assert "There were too many tries. Try again in 1 minute." in text(refused)


def test_who_is_not_logged_in_is_sent_to_log_in(client):
    assert client.get(PAGE)["Location"] == f"/accounts/login/?next={PAGE}"
