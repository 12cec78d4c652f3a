"""Changing the address one logs in with: it is another once its owner has followed the link, and not before."""

from functools import partial

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from accounts.models import User
from accounts.operations import create_reseller
from events.models import Event
from tests.dashboard.people.conftest import PASSWORD, link_in, log_in, mails, prove, text, turn_on_totp
from tests.racing import at_once

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
PAGE = "/accounts/email/"
NEW = "new@example.com"


def ask(browser, email=NEW):
    return browser.post(PAGE, {"action_add": "1", "email": email})


def addresses(user):
    return [(each.email, each.primary, each.verified) for each in user.emailaddress_set.order_by("id")]


@pytest.fixture
def proved(alices):
    prove(alices)
    return alices


def test_asks_again_who_one_is(alices, alice):
    answer = ask(alices)
    assert answer["Location"] == "/accounts/reauthenticate/?next=%2Faccounts%2Femail%2F"
    assert addresses(alice) == [("alice@example.com", True, True)]
    assert alices.post(answer["Location"], {"password": "wrong"}).status_code == 200
    assert addresses(alice) == [("alice@example.com", True, True)]


def test_waits_for_the_link_and_then_is_the_address(proved, alice):
    assert ask(proved, " New@Example.com").status_code == 302
    assert addresses(alice) == [("alice@example.com", True, True), (NEW, False, False)]
    assert "Waits to be confirmed new@example.com" in text(proved.get(PAGE))
    assert log_in(Client(), "alice@example.com")["Location"] == "/dashboard"
    (mail,) = mails()
    assert (mail.to, mail.kind) == (NEW, "account/email/email_confirmation")
    proved.post(link_in(mail))
    alice.refresh_from_db()
    assert (alice.email, addresses(alice)) == (NEW, [(NEW, True, True)])
    assert log_in(Client(), NEW)["Location"] == "/dashboard"
    assert "is wrong" in text(log_in(Client(), "alice@example.com"))
    event = Event.objects.get(kind="account.email_changed")
    assert (event.account_id, event.data) == (alice.pk, {"before": "alice@example.com", "after": NEW})
    assert [mail.to for mail in mails("email_changed")] == ["alice@example.com"]


def test_with_a_second_factor_on_as_well(proved, alice):
    turn_on_totp(alice)
    ask(proved)
    Client().post(link_in(mails()[0]))
    alice.refresh_from_db()
    assert alice.email == NEW


def test_the_last_one_asked_for_counts(proved, alice):
    ask(proved)
    ask(proved, "newer@example.com")
    assert addresses(alice) == [("alice@example.com", True, True), ("newer@example.com", False, False)]
    first, second = mails()
    assert Client().post(link_in(first)).status_code == 404
    Client().post(link_in(second))
    alice.refresh_from_db()
    assert alice.email == "newer@example.com"


def test_may_be_taken_back_and_the_link_is_dead_then(proved, alice):
    ask(proved)
    assert proved.post(PAGE, {"action_remove": "1", "email": NEW}).status_code == 302
    assert addresses(alice) == [("alice@example.com", True, True)]
    assert Client().post(link_in(mails()[0])).status_code == 404


def test_the_mail_is_sent_again(proved, alice):
    ask(proved)
    proved.post(PAGE, {"action_send": "1", "email": NEW})
    assert [mail.to for mail in mails()] == [NEW, NEW]


@pytest.mark.parametrize("action", ["action_primary", "action_remove", "action_send"])
def test_the_address_that_is_the_accounts_cannot_be_taken_away(proved, alice, action):
    ask(proved)
    before = addresses(alice)
    for email in ("alice@example.com", "nobody@example.com", "x", "a" * 300, NEW if action == "action_primary" else ""):
        assert proved.post(PAGE, {action: "1", "email": email}).status_code == 302
    assert addresses(alice) == before


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("alice", "Enter a valid email address."),
        ("ALICE@example.com", "This is your address already."),
    ],
)
def test_what_is_no_other_address_is_refused(proved, alice, email, said):
    assert said in text(ask(proved, email))
    assert addresses(alice) == [("alice@example.com", True, True)]
    assert mails() == []


def test_whether_somebody_has_it_is_told_by_nothing_and_it_stays_his(proved, alice):
    bob = create_reseller(email="bob@example.com", password=None)
    assert ask(proved, "bob@example.com").status_code == 302
    page = Client().get(link_in(mails()[0]))
    assert "another account has it" in text(page)
    answer = Client().post(link_in(mails()[0]), follow=True)
    assert "bob@example.com cannot be confirmed" in answer.content.decode()
    assert addresses(bob) == [("bob@example.com", True, True)]
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"


def test_somebody_who_signed_up_with_it_meanwhile_keeps_it(proved, alice):
    ask(proved)
    link = link_in(mails()[0])
    Client().post("/accounts/signup/", {"email": NEW, "password1": PASSWORD})
    assert "cannot be confirmed" in Client().post(link, follow=True).content.decode()
    alice.refresh_from_db()
    assert alice.email == "alice@example.com"
    assert addresses(User.objects.get(email=NEW)) == [(NEW, True, False)]


@committed
def test_two_accounts_that_confirm_one_address_at_once_leave_one_with_it(tiers):
    links = []
    for name in ("alice", "bob"):
        user = create_reseller(email=f"{name}@example.com", password=PASSWORD)
        browser = Client()
        browser.force_login(user)
        prove(browser)
        ask(browser)
        links.append(link_in(mails()[-1]))
    answers = at_once(*[partial(Client().post, link) for link in links])
    assert [each.status_code for each in answers] == [302, 302]
    assert User.objects.filter(email=NEW).count() == 1
    assert sorted(EmailAddress.objects.filter(email=NEW).values_list("verified", "primary")) == [
        (False, False),
        (True, True),
    ]
    assert Event.objects.filter(kind="account.email_changed").count() == 1


@committed
def test_two_clicks_at_once_leave_one_address_waiting(alice):
    browser = Client()
    browser.force_login(alice)
    prove(browser)
    answers = at_once(*[partial(ask, browser)] * 4)
    assert {each.status_code for each in answers} == {302}
    assert addresses(alice) == [("alice@example.com", True, True), (NEW, False, False)]
