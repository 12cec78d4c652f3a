"""Changing a password, and choosing a new one by a link from a mail."""

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from accounts.operations import create_reseller, set_password, suspend
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
RESET = "/accounts/password/reset/"
CHANGE = "/accounts/password/change/"
NEW = "another horse battery"


def follow(browser, link):
    """Open the link as a browser does: the key goes into the session, and out of the address."""
    answer = browser.get(link)
    assert answer["Location"].endswith("-set-password/")
    return answer["Location"]


def test_a_link_from_the_mail_lets_one_choose_a_new_one_once(client, alice):
    answer = client.post(RESET, {"email": " ALICE@example.com"})
    assert answer["Location"] == "/accounts/password/reset/done/"
    link = link_in(mails()[0])
    page = follow(client, link)
    assert client.post(page, {"password1": NEW})["Location"] == "/accounts/password/reset/key/done/"
    assert not is_logged_in(client)
    assert log_in(client, alice.email, NEW)["Location"] == "/dashboard"
    assert "is wrong" in text(log_in(Client(), alice.email, PASSWORD))
    assert "has expired or was used" in text(Client().get(link))
    assert [mail.kind for mail in mails()] == ["account/email/password_reset_key", "account/email/password_reset"]
    event = Event.objects.get(kind="account.password_changed")
    assert (event.account_id, event.actor, event.data) == (alice.pk, alice.email, {})


def test_whether_there_is_an_account_is_told_by_nothing(client, alice):
    known, unknown = client.post(RESET, {"email": alice.email}), client.post(RESET, {"email": "nobody@example.com"})
    assert known["Location"] == unknown["Location"]
    assert [mail.to for mail in mails()] == [alice.email]


def test_no_link_goes_to_an_address_that_waits_to_be_confirmed(client, alice):
    alice.emailaddress_set.create(email="new@example.com")
    client.post(RESET, {"email": "new@example.com"})
    assert mails() == []


def test_an_account_made_without_a_password_gets_its_first_one_so(client, tiers):
    bob = create_reseller(email="bob@example.com", password=None)
    client.post(RESET, {"email": bob.email})
    client.post(follow(client, link_in(mails()[0])), {"password1": NEW})
    assert log_in(client, bob.email, NEW)["Location"] == "/dashboard"


def test_a_reset_is_no_way_round_the_second_factor_nor_a_suspension(client, alice):
    secret = turn_on_totp(alice)
    client.post(RESET, {"email": alice.email})
    client.post(follow(client, link_in(mails()[0])), {"password1": NEW})
    assert log_in(client, alice.email, NEW)["Location"] == "/accounts/2fa/authenticate/"
    suspend(account_id=alice.pk, reason="a reason")
    assert client.post("/accounts/2fa/authenticate/", {"code": code(secret)}).status_code == 403


@pytest.mark.parametrize("link", ["1-x", "x-y-z", "1-set-password", "zzzzzzzzzzzzzzzz-x", "0-0"])
def test_a_link_that_was_made_up_opens_nothing(client, alice, link):
    for answer in (client.get(f"{RESET}key/{link}/"), client.post(f"{RESET}key/{link}/", {"password1": NEW})):
        assert "has expired or was used" in text(answer)
    alice.refresh_from_db()
    assert alice.check_password(PASSWORD)


def test_a_link_dies_with_a_change_of_the_password_or_the_address(client, alice):
    client.post(RESET, {"email": alice.email})
    link = link_in(mails()[0])
    alice.set_password(NEW)
    alice.save()
    assert "has expired or was used" in text(client.get(link))


def test_changing_it_ends_every_other_session(alices, alice):
    other = Client()
    log_in(other, alice.email)
    answer = alices.post(CHANGE, {"oldpassword": PASSWORD, "password1": NEW})
    assert (answer.status_code, answer["Location"]) == (302, CHANGE)
    assert "The password is changed." in text(alices.get(CHANGE))
    assert (is_logged_in(alices), is_logged_in(other)) == (True, False)
    assert [(mail.to, mail.kind) for mail in mails()] == [(alice.email, "account/email/password_changed")]
    assert Event.objects.filter(kind="account.password_changed", account_id=alice.pk).count() == 1


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("wrong", NEW, "This is not your password."),
        (PASSWORD, "12345678", "This password is entirely numeric."),
        (PASSWORD, "alice@example.com", "The password is too similar to the e-mail address."),
        (PASSWORD, "x" * 129, "at most 128 characters"),
    ],
)
def test_says_what_is_wrong_and_changes_nothing(alices, alice, old, new, said):
    before = list(User.objects.values("password"))
    answer = alices.post(CHANGE, {"oldpassword": old, "password1": new})
    assert (answer.status_code, said in text(answer)) == (200, True)
    assert list(User.objects.values("password")) == before
    assert not Event.objects.filter(kind="account.password_changed").exists()


def test_a_new_password_ends_an_address_that_waits_to_take_the_accounts_place(alices, alice):
    """Whoever was at an open session may have asked for it: the link he has would undo what a new password is for."""
    prove(alices)
    alices.post("/accounts/email/", {"action_add": "1", "email": "evil@example.com"})
    link = link_in(mails()[0])
    set_password(user=alice, password=NEW)
    assert Client().post(link).status_code == 404
    alice.refresh_from_db()
    assert (alice.email, alice.emailaddress_set.get().email) == ("alice@example.com", "alice@example.com")


def test_a_new_password_leaves_an_address_that_was_never_confirmed(tiers):
    bob = create_reseller(email="bob@example.com", password=PASSWORD, verified=False)
    set_password(user=bob, password=NEW)
    assert EmailAddress.objects.get().email == "bob@example.com"


def test_changing_it_writes_nothing_else_of_the_account(alice):
    """The page's own picture of the account is old by then: an operator has suspended it meanwhile."""
    seen = User.objects.get(pk=alice.pk)
    suspend(account_id=alice.pk, reason="a reason")
    set_password(user=seen, password=NEW)
    alice.refresh_from_db()
    assert (alice.suspended_reason, alice.check_password(NEW)) == ("a reason", True)
