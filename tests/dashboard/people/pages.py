"""Every page of an account opens in the panel's look, and runs nothing that stands in it."""

import re
from urllib.parse import unquote

import pytest
from django.test import Client

import kit.redis
from tests.dashboard.people.conftest import code, log_in, mails, prove, text, turn_on_totp
from tests.dashboard.people.passkey import Passkey

pytestmark = pytest.mark.django_db
BEFORE = [
    *("login/", "signup/", "password/reset/", "password/reset/done/", "password/reset/key/done/", "confirm-email/"),
    *("password/reset/key/1-x/", "confirm-email/x/"),
]
WITHIN = [
    *("email/", "password/change/", "2fa/", "2fa/recovery-codes/", "2fa/recovery-codes/generate/", "logout/"),
    *("2fa/totp/deactivate/", "2fa/webauthn/", "2fa/webauthn/add/", "sessions/"),
    *("2fa/reauthenticate/", "2fa/webauthn/reauthenticate/"),
]
NOT_OFFERED = ["inactive/", "login/code/", "login/code/confirm/", "reauthenticate/code/", "2fa/trust/", "social/login/"]
INLINE = re.compile(r'<script(?![^>]*(?:\bsrc=|type="application/json"))|<style|\sstyle="|\son\w+="|javascript:', re.I)


def in_the_panels_look(answer):
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<main id="content"' in page
    assert INLINE.findall(page) == []
    assert "{%" not in page
    assert answer["Cache-Control"] == "private, no-store"
    assert "default-src 'self'" in answer["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href|action)="([^"#?]*)', page)
    assert [each for each in addresses if each and not each.startswith(("/", "data:image/", "mailto:"))] == []


@pytest.fixture
def everything_on(alices, alice):
    prove(alices)
    turn_on_totp(alice)
    Passkey().belongs_to(alice)
    alice.emailaddress_set.create(email="new@example.com")
    return alices


def test_opens_for_whoever_comes(client, alice):
    for page in BEFORE:
        in_the_panels_look(client.get(f"/accounts/{page}"))


def test_opens_for_who_is_logged_in(everything_on):
    for page in WITHIN:
        in_the_panels_look(everything_on.get(f"/accounts/{page}"))


def test_what_is_off_opens_too(alices, alice):
    prove(alices)
    for page in ("2fa/", "2fa/totp/activate/", "2fa/webauthn/", "email/", "reauthenticate/"):
        in_the_panels_look(alices.get(f"/accounts/{page}"))


def test_the_second_step_opens(client, alice):
    turn_on_totp(alice)
    Passkey().belongs_to(alice)
    log_in(client, alice.email)
    in_the_panels_look(client.get("/accounts/2fa/authenticate/"))


def test_what_is_ones_own_is_for_who_is_logged_in(client):
    for page in [each for each in WITHIN if each != "logout/"]:
        assert unquote(client.get(f"/accounts/{page}")["Location"]) == f"/accounts/login/?next=/accounts/{page}"


def test_what_is_not_offered_is_not_there(client, alices):
    for page in NOT_OFFERED:
        assert client.get(f"/accounts/{page}").status_code == alices.post(f"/accounts/{page}").status_code == 404, page


def test_the_bare_address_leads_on(client, alices):
    assert client.get("/accounts/")["Location"] == "/accounts/login/"
    assert alices.get("/accounts/")["Location"] == "/accounts/email/"


def test_every_page_works_with_redis_away(client, alice, monkeypatch):
    monkeypatch.setattr(kit.redis, "_breaker", kit.redis.Breaker("redis://127.0.0.1:9/0"))
    secret = turn_on_totp(alice)
    assert log_in(client, alice.email)["Location"] == "/accounts/2fa/authenticate/"
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)})["Location"] == "/dashboard"
    assert client.post("/accounts/2fa/reauthenticate/", {"code": code(secret, 1)}).status_code == 302
    for page in WITHIN:
        if "webauthn/reauthenticate" not in page:
            assert client.get(f"/accounts/{page}").status_code == 200
    other = Client()
    assert other.post("/accounts/password/reset/", {"email": alice.email}).status_code == 302
    assert (
        other.post("/accounts/signup/", {"email": "carol@example.com", "password1": "correct horse b"}).status_code
        == 302
    )
    assert [mail.to for mail in mails()] == [alice.email, "carol@example.com"]
    log_in(other, alice.email)
    assert "This code is wrong" in text(other.post("/accounts/2fa/authenticate/", {"code": code(secret)}))
