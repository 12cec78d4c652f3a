"""Making an account oneself: an e-mail address and a password, then the link from the mail."""

from functools import partial

import pytest
from django.test import Client

from accounts.models import Mail, User
from events.queries import history
from tests.dashboard.people.conftest import PASSWORD, is_logged_in, link_in, log_in, mails, text
from tests.racing import at_once
from wallets.models import Wallet

pytestmark = pytest.mark.django_db
SIGN_UP = "/accounts/signup/"
SENT = "/accounts/confirm-email/"


def sign_up(browser, email="carol@example.com", password=PASSWORD):
    return browser.post(SIGN_UP, {"email": email, "password1": password})


def kinds(user):
    return [event.kind for event in history("account", user.pk)]


def addresses(user):
    return [(each.email, each.primary, each.verified) for each in user.emailaddress_set.all()]


def test_makes_an_account_with_a_wallet_that_waits_for_its_confirmation(client, tiers):
    answer = sign_up(client, "Carol@Example.com")
    assert (answer.status_code, answer.headers["Location"]) == (302, SENT)
    user = User.objects.get()
    assert (user.email, user.is_staff, Wallet.objects.get().account_id) == ("carol@example.com", False, user.pk)
    assert addresses(user) == [("carol@example.com", True, False)]
    assert kinds(user) == ["account.created", "account.signed_up"]
    assert not is_logged_in(client)
    assert "carol@example.com" in text(client.get(SENT)) or "mail" in text(client.get(SENT))


def test_the_link_from_the_mail_confirms_and_logs_in_the_browser_that_signed_up(client, tiers):
    sign_up(client)
    (mail,) = mails()
    assert (mail.to, mail.subject) == ("carol@example.com", "[NotPanel] Confirm your e-mail address")
    link = link_in(mail)
    assert "Confirm" in text(client.get(link))
    assert addresses(User.objects.get())[0][2] is False
    answer = client.post(link)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard")
    assert addresses(User.objects.get()) == [("carol@example.com", True, True)]
    assert is_logged_in(client)
    assert kinds(User.objects.get())[-1] == "account.email_confirmed"


def test_the_link_logs_in_no_other_browser(client, tiers):
    sign_up(client)
    stranger = Client()
    answer = stranger.post(link_in(mails()[0]))
    assert (answer.status_code, answer.headers["Location"]) == (302, "/accounts/login/")
    assert not is_logged_in(stranger)
    assert log_in(stranger, "carol@example.com").headers["Location"] == "/dashboard"


def test_a_link_works_once(client, tiers):
    sign_up(client)
    link = link_in(mails()[0])
    client.post(link)
    assert Client().post(link).status_code == 404
    assert "has expired or was used" in text(Client().get(link))


def test_nobody_logs_in_before_the_address_is_confirmed_and_is_sent_the_link_again(client, tiers):
    sign_up(client)
    answer = log_in(client, "carol@example.com")
    assert answer.headers["Location"] == SENT
    assert not is_logged_in(client)
    assert [mail.to for mail in mails()] == ["carol@example.com"] * 2


def test_an_address_that_has_an_account_is_told_of_by_mail_alone(client, alice):
    before = list(User.objects.values())
    taken, free = sign_up(client, "ALICE@example.com"), sign_up(Client(), "carol@example.com")
    assert (taken.status_code, taken.headers["Location"]) == (free.status_code, free.headers["Location"])
    assert list(User.objects.exclude(email="carol@example.com").values()) == before
    told, _ = mails()
    assert (told.to, told.subject) == ("alice@example.com", "[NotPanel] You have an account already")
    assert "https://panel.example/accounts/password/reset/" in told.body


def test_nor_does_how_long_it_takes_tell_of_it(client, alice, monkeypatch):
    """Hashing the password is what takes long: it is done whether or not an account is made."""
    hashed: list[str] = []
    monkeypatch.setattr("dashboard.people.forms.make_password", hashed.append)
    client.post("/accounts/signup/", {"email": alice.email, "password1": PASSWORD})
    assert hashed == [PASSWORD]


@pytest.mark.django_db(transaction=True)
def test_two_who_sign_up_with_one_address_at_once_make_one_account(tiers):
    answers = at_once(*[partial(sign_up, Client(), email) for email in ("carol@example.com", "Carol@example.com") * 2])
    assert [(each.status_code, each.headers["Location"]) for each in answers] == [(302, SENT)] * 4
    user = User.objects.get()
    assert addresses(user) == [("carol@example.com", True, False)]
    assert Wallet.objects.count() == 1
    assert kinds(user) == ["account.created", "account.signed_up"]


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("carol", PASSWORD, "Enter a valid email address."),
        ("\u0130arol@example.com", PASSWORD, "Enter a valid email address."),
        ("", PASSWORD, "This field is required."),
        ("carol@example.com", "", "This field is required."),
        ("carol@example.com", "12345678901", "This password is entirely numeric."),
        ("carol@example.com", "password", "This password is too common."),
        ("carol@example.com", "carol@example", "The password is too similar to the e-mail address."),
        ("carol@example.com", "x" * 129, "at most 128 characters"),
        ("carol@example.com", "null\x00null1", "Null characters are not allowed."),
    ],
)
def test_says_what_is_wrong_and_makes_nothing(client, tiers, email, password, said):
    answer = sign_up(client, email, password)
    assert answer.status_code == 200
    assert said in text(answer)
    assert (User.objects.count(), Mail.objects.count()) == (0, 0)


def test_an_address_that_somebody_else_wants_to_change_to_is_free(client, alices, alice):
    alice.emailaddress_set.create(email="carol@example.com")
    sign_up(client)
    assert addresses(User.objects.get(email="carol@example.com")) == [("carol@example.com", True, False)]


@pytest.mark.parametrize(("sign_up_on", "mail_server"), [(False, "127.0.0.1"), (True, "")])
def test_is_closed_where_the_operator_says_so_or_nothing_could_be_mailed(
    client, tiers, settings, sign_up_on, mail_server
):
    settings.SIGN_UP, settings.EMAIL_HOST, settings.OPERATOR_EMAIL = sign_up_on, mail_server, ["bob@panel.example"]
    for answer in (client.get(SIGN_UP), sign_up(client)):
        assert "bob@panel.example" in text(answer)
    assert not User.objects.exists()
