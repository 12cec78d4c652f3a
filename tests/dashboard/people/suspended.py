"""A suspended account sees why, and whom to ask; it gets in nowhere, and whoever does not know it is told nothing."""

import re

import pytest
from django.test import Client
from django.urls import URLResolver, get_resolver

from accounts.operations import suspend, unsuspend
from events.models import Event
from tests.dashboard.people.conftest import (
    PASSWORD,
    code,
    is_logged_in,
    link_in,
    log_in,
    mails,
    prove,
    text,
    turn_on_totp,
)

pytestmark = pytest.mark.django_db
REASON = "the payment was taken back"
LOG_IN_WITH = {"login": "alice@example.com", "password": PASSWORD}


@pytest.fixture(autouse=True)
def _operator(settings):
    settings.OPERATOR_EMAIL = ["bob@panel.example"]


def sees_why(answer):
    return answer.status_code == 403 and REASON in text(answer) and "bob@panel.example" in text(answer)


def test_the_right_password_shows_the_reason_and_logs_nobody_in(client, alice):
    suspend(account_id=alice.pk, reason=REASON)
    assert sees_why(log_in(client, alice.email))
    assert not is_logged_in(client)
    assert "_auth_user_id" not in client.session
    unsuspend(account_id=alice.pk)
    assert log_in(client, alice.email)["Location"] == "/dashboard"


def test_a_wrong_password_is_told_what_everybody_is_told(client, alice):
    suspend(account_id=alice.pk, reason=REASON)
    suspended, unknown = log_in(client, alice.email, "wrong"), log_in(client, "nobody@example.com", "wrong")
    assert suspended.status_code == unknown.status_code == 200
    assert REASON not in text(suspended)
    assert text(suspended).replace("alice@", "nobody@") == text(unknown)


def pages():
    """Every page under these two, with something in the place of what varies in its address."""
    found = [f"/{address}" for address in addresses(get_resolver())]
    sample = [re.sub(r"<[^>]+>", "1", each) for each in found if each.startswith(("/dashboard", "/accounts/"))]
    return sorted(set(sample) - {"/accounts/logout/"})


def addresses(resolver, before=""):
    for each in resolver.url_patterns:
        here = before + str(each.pattern).removeprefix("^").removesuffix("$")
        yield from (
            addresses(each, here) if isinstance(each, URLResolver) else [re.sub(r"\(\?P<\w+>[^)]*\)", "x", here)]
        )


def test_there_are_pages_to_walk():
    assert {"/dashboard", "/dashboard/balance", "/accounts/email/", "/accounts/2fa/totp/activate/"} <= set(pages())


def test_a_session_that_was_open_sees_the_same_on_every_page(alices, alice):
    suspend(account_id=alice.pk, reason=REASON)
    for page in pages():
        met = [each for each in (alices.get(page), alices.post(page)) if each.status_code != 405]
        assert met, page
        for answer in met:
            assert sees_why(answer), page
            assert answer["Cache-Control"] == "private, no-store", page


def test_a_session_that_was_open_can_be_ended(alices, alice):
    suspend(account_id=alice.pk, reason=REASON)
    assert "Log out" in text(alices.get("/dashboard"))
    assert alices.post("/accounts/logout/").status_code == 302
    assert alices.get("/dashboard").status_code == 302


def test_who_is_suspended_between_the_password_and_the_code_does_not_get_in(client, alice):
    secret = turn_on_totp(alice)
    assert log_in(client, alice.email)["Location"] == "/accounts/2fa/authenticate/"
    suspend(account_id=alice.pk, reason=REASON)
    assert sees_why(client.post("/accounts/2fa/authenticate/", {"code": code(secret)}))
    assert "_auth_user_id" not in client.session


def test_an_address_that_waited_is_not_confirmed_by_its_link(alices, alice):
    prove(alices)
    alices.post("/accounts/email/", {"action_add": "1", "email": "new@example.com"})
    (mail,) = mails()
    suspend(account_id=alice.pk, reason=REASON)
    Client().post(link_in(mail))
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert alice.emailaddress_set.get(email="new@example.com").verified is False
    assert not Event.objects.filter(kind="account.email_changed").exists()
    assert len(mails()) == 1
    unsuspend(account_id=alice.pk)
    Client().post(link_in(mail))
    alice.refresh_from_db()
    assert alice.email == "new@example.com"


def test_without_an_address_of_the_operators_one_is_told_to_ask_him(client, alice, settings):
    settings.OPERATOR_EMAIL = []
    suspend(account_id=alice.pk, reason=REASON)
    assert "Ask the operator of this panel." in text(log_in(client, alice.email))


def test_the_reason_is_shown_as_it_was_written_and_runs_nothing(client, alice):
    suspend(account_id=alice.pk, reason="<script>alert(1)</script>")
    answer = log_in(Client(), alice.email)
    assert "<script>alert(1)</script>" in text(answer)
    assert b"<script>alert" not in answer.content
