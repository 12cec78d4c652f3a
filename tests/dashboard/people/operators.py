"""The admin's own log-in is no way round an operator's second factor; by the log-in for everybody he comes there."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from accounts.operations import create_operator, create_reseller, prefer
from events.models import Event
from tests.dashboard.people.conftest import PASSWORD, code, log_in, mails, turn_on_totp
from tests.dashboard.people.passkey import Passkey

pytestmark = pytest.mark.django_db


@pytest.fixture
def bob(tiers):
    return create_operator(email="bob@panel.example", password=PASSWORD)


def by_the_admins(client):
    return client.post(reverse("admin:login"), {"username": "bob@panel.example", "password": PASSWORD})


@pytest.mark.parametrize("turn_on", [turn_on_totp, lambda user: Passkey().belongs_to(user)], ids=["app", "passkey"])
def test_is_refused_at_the_admins_log_in_and_shown_the_other(client, bob, turn_on):
    turn_on(bob)
    answer = by_the_admins(client)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "This account has a second factor on: <a" in page
    assert 'href="/accounts/login/?next=%2Fadmin%2F"' in page
    assert client.get("/admin/").status_code == 302


def test_a_wrong_password_learns_nothing_of_it(client, bob):
    turn_on_totp(bob)
    answer = client.post(reverse("admin:login"), {"username": bob.email, "password": "wrong"})
    assert b"second factor" not in answer.content


def test_comes_to_the_admin_by_password_and_code(client, bob):
    secret = turn_on_totp(bob)
    assert log_in(client, bob.email, next="/admin/")["Location"] == "/accounts/2fa/authenticate/"
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)})["Location"] == "/admin/"
    assert client.get("/admin/").status_code == 200


def test_without_one_the_admins_log_in_works_as_before(client, bob):
    assert by_the_admins(client).status_code == 302
    assert client.get("/admin/").status_code == 200


def test_no_screen_of_the_admin_shows_or_writes_what_is_allauths(client, bob):
    client.force_login(bob)
    for page in ("account/emailaddress", "mfa/authenticator", "usersessions/usersession"):
        assert client.get(f"/admin/{page}/").status_code == 404


@pytest.fixture
def bobs(client, bob):
    client.force_login(bob)
    return client


def test_changes_a_password_where_everybody_does(bobs):
    assert bobs.get(reverse("admin:password_change"))["Location"] == "/accounts/password/change/"


def change(bobs, user, email, reason="he wrote from the old one"):
    page = f"/admin/accounts/user/{user.pk}/email/"
    assert bobs.get(page).status_code == 200
    return bobs.post(page, {"email": email, "reason": reason}, follow=True).content.decode()


def test_gives_an_account_another_address_that_needs_no_link(bobs, alice):
    assert "The account is new@example.com now, and needs no link." in change(bobs, alice, "New@example.com")
    alice.refresh_from_db()
    assert [(each.email, each.primary, each.verified) for each in alice.emailaddress_set.all()] == [
        ("new@example.com", True, True)
    ]
    event = Event.objects.get(kind="account.email_changed")
    assert (event.actor, event.reason) == ("bob@panel.example", "he wrote from the old one")
    assert log_in(Client(), "new@example.com")["Location"] == "/dashboard"


def test_the_owner_is_told_of_another_address_at_the_one_before(bobs, alice, settings):
    settings.OPERATOR_EMAIL = ["help@panel.example"]
    change(bobs, alice, "new@example.com")
    (mail,) = mails()
    assert (mail.to, mail.subject) == ("alice@example.com", "[NotPanel] Your e-mail address was changed")
    assert mail.body == (
        "The operator of NotPanel gave your account another e-mail address than this one.\n\n"
        f"It was done on {mail.created_at:%Y-%m-%d %H:%M} UTC.\n\n"
        "Did you not ask for it? Write to the operator at once: help@panel.example\n\n"
        "-- \nNotPanel\nhttps://panel.example\n"
    )


def test_the_owner_is_told_in_the_language_of_the_account(bobs, alice):
    prefer(account_id=alice.pk, language="es")
    change(bobs, alice, "new@example.com")
    with override("es"):
        assert mails()[0].subject == "[NotPanel] " + gettext("Your e-mail address was changed")
    assert "Your e-mail" not in mails()[0].subject


def test_nobody_is_told_of_what_was_not_changed(bobs, bob, alice, settings):
    change(bobs, alice, "bob@panel.example")
    change(bobs, alice, "alice@example.com")
    assert mails() == []
    settings.EMAIL_HOST, settings.DEMO = "", False
    change(bobs, alice, "new@example.com")
    assert mails() == []


def test_confirms_an_address_whose_mail_never_came(bobs, tiers):
    carol = create_reseller(email="carol@example.com", password=PASSWORD, verified=False)
    assert "needs no link" in change(bobs, carol, "carol@example.com")
    assert log_in(Client(), "carol@example.com")["Location"] == "/dashboard"
    assert Event.objects.get(kind="account.email_confirmed").actor == "bob@panel.example"
    assert "It is carol@example.com, and needs no link." in change(bobs, carol, "carol@example.com")
    assert Event.objects.filter(kind="account.email_confirmed").count() == 1


@pytest.mark.parametrize(
    ("email", "said"), [("bob@panel.example", "already has an account"), ("nobody", "is not an e-mail address")]
)
def test_is_refused_an_address_that_is_none_or_somebody_elses(bobs, alice, email, said):
    assert said in change(bobs, alice, email)
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
