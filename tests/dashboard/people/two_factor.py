"""Turning a second factor on and off, recovery codes, and what is kept of them."""

import json
import re
from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet
from django.test import Client

from accounts.operations import create_reseller
from dashboard.people.reencrypting import reencrypt_factor, with_secrets
from dashboard.people.second_factor import is_on, opened_by
from events.models import Event
from kit.encryption import CannotDecrypt, decrypt
from tests.dashboard.people.conftest import PASSWORD, code, mails, prove, secret_on, text, turn_on_totp
from tests.dashboard.people.passkey import Passkey
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
INDEX = "/accounts/2fa/"
ON = "/accounts/2fa/totp/activate/"
OFF = "/accounts/2fa/totp/deactivate/"
ADD = "/accounts/2fa/webauthn/add/"
CODES = "/accounts/2fa/recovery-codes/"


@pytest.fixture
def proved(alices):
    prove(alices)
    return alices


def told():
    kinds = Event.objects.filter(kind__regex="two_factor|recovery").order_by("id")
    return [(event.kind.partition(".")[2], event.data.get("type", "")) for event in kinds]


@pytest.mark.parametrize("page", [ON, ADD, CODES + "generate/"])
def test_asks_again_who_one_is(alices, page):
    assert alices.get(page)["Location"].startswith("/accounts/reauthenticate/?next=")
    assert alices.post(page)["Location"].startswith("/accounts/reauthenticate/?next=")


def test_an_app_is_on_once_it_has_shown_a_right_code(proved, alice):
    page = proved.get(ON)
    secret = secret_on(page.content.decode())
    assert 'src="data:image/svg+xml;base64,' in page.content.decode()
    wrong = proved.post(ON, {"code": "000000"})
    assert ("This code is wrong" in text(wrong), secret_on(wrong.content.decode()), is_on(alice)) == (
        True,
        secret,
        False,
    )
    assert proved.post(ON, {"code": code(secret)})["Location"] == CODES
    assert is_on(alice)
    codes = re.findall(r"<li><code>(\d{8})</code></li>", proved.get(CODES).content.decode())
    assert len(codes) == 10
    assert opened_by(alice, codes[0])
    assert told() == [("two_factor_on", "totp"), ("recovery_codes_made", "")]
    assert [mail.kind for mail in mails()] == ["mfa/email/totp_activated"]


def test_its_key_is_kept_encrypted_and_told_to_nobody(proved, alice):
    secret = secret_on(proved.get(ON).content.decode())
    proved.post(ON, {"code": code(secret)})
    row = Authenticator.objects.get(type="totp")
    assert secret not in json.dumps(row.data)
    assert decrypt(row.data["secret"]) == secret
    seed = Authenticator.objects.get(type="recovery_codes").data["seed"]
    assert len(decrypt(seed)) == 80
    everything = json.dumps([list(Event.objects.values("data", "reason", "actor"))], default=str)
    assert secret not in everything + "".join(mail.body for mail in mails())


def test_is_off_by_its_page_and_the_recovery_codes_with_it(proved, alice):
    turn_on_totp(alice)
    assert "Turn off" in text(proved.get(OFF))
    assert proved.post(OFF)["Location"] == INDEX
    assert not Authenticator.objects.exists()
    assert told() == [("two_factor_off", "totp")]
    assert [mail.kind for mail in mails()] == ["mfa/email/totp_deactivated"]


def test_where_it_is_on_the_password_alone_neither_turns_it_off_nor_shows_the_codes(alices, alice):
    secret = turn_on_totp(alice)
    for page in (OFF, CODES, CODES + "generate/", CODES + "download/", ADD, "/accounts/email/"):
        answer = alices.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": page})
        assert answer["Location"].startswith("/accounts/2fa/reauthenticate/")
        sent = {"action_add": "1", "email": "new@example.com"}
        assert alices.post(page, sent).status_code in (302, 405)
        assert b"download" not in alices.get(CODES).content
    assert is_on(alice)
    assert alice.emailaddress_set.count() == 1
    alices.post("/accounts/2fa/reauthenticate/", {"code": code(secret)})
    assert alices.post(OFF)["Location"] == INDEX
    assert not is_on(alice)


def test_two_clicks_at_once_turn_it_on_once(alice):
    browser = Client()
    browser.force_login(alice)
    prove(browser)
    shown = code(secret_on(browser.get(ON).content.decode()))
    answers = at_once(*[partial(browser.post, ON, {"code": shown})] * 3)
    assert {each.status_code for each in answers} == {302}
    assert Authenticator.objects.filter(type="totp").count() == 1


def test_new_recovery_codes_end_the_old_ones(proved, alice):
    turn_on_totp(alice)
    old = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    assert proved.post(CODES + "generate/")["Location"] == CODES
    assert opened_by(alice, old) is None
    new = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    download = proved.get(CODES + "download/")
    assert download.content.decode().split() == new
    assert download["Content-Type"].startswith("text/plain")
    assert told() == [("recovery_codes_made", "")]


def test_without_a_second_factor_there_are_no_recovery_codes(proved):
    assert proved.get(CODES).status_code == 404
    assert "Turn on a second factor first" in text(proved.post(CODES + "generate/"))
    assert proved.get(OFF).status_code == 404


def test_a_passkey_is_added_renamed_and_removed(proved, alice):
    page = proved.get(ADD).content.decode()
    options = json.loads(re.search(r'id="passkey-options" type="application/json">(.*?)</script>', page)[1])  # type: ignore[index]
    assert options["publicKey"]["rp"] == {"id": "testserver", "name": "NotPanel"}
    made = json.dumps(Passkey().made(options))
    assert proved.post(ADD, {"name": "", "credential": made, "passwordless": "on"})["Location"] == CODES
    row = Authenticator.objects.get(type="webauthn")
    assert row.data["name"] == "Passkey 1"
    keys = f"/accounts/2fa/webauthn/keys/{row.pk}/"
    assert "Passkey 1 logs in alone" in text(proved.get("/accounts/2fa/webauthn/"))
    proved.post(keys + "edit/", {"name": "Phone <b>"})
    assert "Phone <b>" in text(proved.get("/accounts/2fa/webauthn/"))
    assert b"Phone <b>" not in proved.get(keys + "remove/").content
    assert proved.post(keys + "remove/").status_code == 302
    assert not Authenticator.objects.exists()
    assert told() == [("two_factor_on", "webauthn"), ("recovery_codes_made", ""), ("two_factor_off", "webauthn")]


@pytest.mark.parametrize("nonsense", ["", "{}", "[]", "x", "null", "[" * 60_000, '{"id": 1, "response": {}}'])
def test_nonsense_for_a_new_passkey_is_only_wrong(proved, nonsense):
    proved.get(ADD)
    answer = proved.post(ADD, {"credential": nonsense})
    assert answer.status_code == 200
    assert not Authenticator.objects.exists()


def test_somebody_elses_passkey_is_not_there(proved, bob_with_a_passkey):
    for page in ("edit", "remove"):
        for answer in (proved.get, proved.post):
            assert (
                answer(f"/accounts/2fa/webauthn/keys/{bob_with_a_passkey.pk}/{page}/", {"name": "x"}).status_code == 404
            )
    bob_with_a_passkey.refresh_from_db()
    assert bob_with_a_passkey.data["name"] == "Phone"


@pytest.fixture
def bob_with_a_passkey(tiers):
    return Passkey().belongs_to(create_reseller(email="bob@example.com", password=None))


def test_secrets_are_written_anew_each_by_itself_and_go_on_opening(alice, settings):
    secret = turn_on_totp(alice)
    recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    opened_by(alice, recovery[0])
    before = settings.ENCRYPTION_KEYS
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *before]
    factors = with_secrets()
    assert [shown for _, shown in factors] == ["totp of alice@example.com", "recovery_codes of alice@example.com"]
    for factor, _ in factors:
        reencrypt_factor(factor_id=factor)
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert opened_by(alice, code(secret))
    assert opened_by(alice, recovery[0]) is None
    assert opened_by(alice, recovery[1])
    settings.ENCRYPTION_KEYS = before
    with pytest.raises(CannotDecrypt):
        reencrypt_factor(factor_id=factors[0][0])
    Authenticator.objects.all().delete()
    reencrypt_factor(factor_id=factors[0][0])
