"""Mails to people are rows that pages write; the worker sends them, each once, and forgets what they said."""

import stat
from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from django.test import Client
from django.utils import translation

from accounts.models import Mail
from accounts.operations import mails as rows
from accounts.operations import write_mail
from accounts.operations.mails import CLAIM_LASTS, GIVEN_UP_AFTER, KEPT, MOST_ALIKE
from accounts.tasks import send_mails
from kit import clock
from notpanel.home import Home
from tests.alerts.conftest import mailed, server
from tests.breaking import refused_by
from tests.dashboard.people.conftest import text
from tests.racing import at_once

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)
__all__ = ["mailed", "server"]
SECRET = "https://panel.example/accounts/password/reset/key/1-secret/"


def write(to="alice@example.com", kind="account/email/password_reset_key"):
    return write_mail(kind=kind, to=to, subject="[NotPanel] Çhoose", body=f"Follow this:\n\n{SECRET}\n")


def test_a_page_writes_the_mail_down_and_speaks_to_no_mail_server(client, alice, monkeypatch):
    monkeypatch.setattr("smtplib.SMTP", None)
    client.post("/accounts/password/reset/", {"email": alice.email})
    mail = Mail.objects.get()
    assert (mail.to, mail.kind, mail.tries, mail.sent_at) == (alice.email, "account/email/password_reset_key", 0, None)


@committed
def test_the_worker_sends_it_once_and_forgets_what_it_said(mailed):
    write()
    assert [send_mails(), send_mails()] == [1, 0]
    (mail,) = mailed.mails
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        "[NotPanel] Çhoose",
        "panel@panel.example",
        "alice@example.com",
    )
    assert mail["Reply-To"] == "bob@panel.example, second@panel.example"
    assert mail.get_content_type() == "text/plain"
    assert SECRET in mail.get_content()
    row = Mail.objects.get()
    assert (row.body, row.sent_at is not None, row.problem) == ("", True, "")


@committed
def test_two_workers_send_each_mail_once(mailed):
    for number in range(6):
        write(to=f"reseller{number}@example.com")
    assert sum(at_once(send_mails, send_mails, send_mails)) == 6
    assert sorted(to for (to,) in mailed.recipients) == [f"reseller{number}@example.com" for number in range(6)]


@committed
def test_what_the_server_does_not_take_is_tried_again_and_given_up_after_a_day(mailed, time, caplog):
    mailed.refuses = True
    write()
    assert send_mails() == 0
    row = Mail.objects.get()
    assert (row.tries, row.body != "", "554" in row.problem) == (1, True, True)
    assert send_mails() == 0
    assert Mail.objects.get().tries == 1
    time.move(seconds=60)
    send_mails()
    assert Mail.objects.get().tries == 2
    time.move(seconds=GIVEN_UP_AFTER.total_seconds())
    send_mails()
    row = Mail.objects.get()
    assert (row.tries, row.body, row.given_up_at is not None) == (3, "", True)
    assert (
        "a mail to alice@example.com (account/email/password_reset_key) could not be sent and is given up"
        in caplog.text
    )
    assert "secret" not in caplog.text
    mailed.refuses = False
    time.move(hours=2)
    assert send_mails() == 0


@committed
def test_a_mail_server_that_comes_back_gets_it(mailed, time):
    mailed.refuses = True
    write()
    send_mails()
    mailed.refuses = False
    time.move(seconds=60)
    assert send_mails() == 1
    assert Mail.objects.get().problem == ""


@committed
def test_somebody_whom_the_server_does_not_know_is_given_up_at_once_and_holds_nobody_up(mailed):
    mailed.nobody_is = {"nobody@example.com"}
    write(to="nobody@example.com")
    write()
    assert send_mails() == 1
    given_up, sent = Mail.objects.order_by("id")
    assert (given_up.body, given_up.given_up_at is not None, sent.sent_at is not None) == ("", True, True)


@committed
def test_a_worker_that_is_killed_while_it_sends_leaves_the_mail_to_the_next(mailed, time):
    write()
    assert rows.claim_mail() is not None
    assert send_mails() == 0
    time.move(seconds=CLAIM_LASTS.total_seconds())
    assert send_mails() == 1


def test_nobody_is_sent_more_than_five_alike_within_an_hour(tiers, time):
    assert [write() for _ in range(MOST_ALIKE + 1)] == [True] * MOST_ALIKE + [False]
    assert write(kind="account/email/password_changed")
    assert write(to="bob@example.com")
    time.move(hours=1, seconds=1)
    assert write()


def test_mails_are_forgotten_after_a_month(time):
    write()
    time.move(seconds=KEPT.total_seconds() + 1)
    send_mails()
    assert not Mail.objects.exists()


@committed
def test_without_a_mail_server_a_demo_writes_them_as_files_and_says_where(client, alice, settings, tmp_path, caplog):
    settings.EMAIL_HOST, settings.DEMO, settings.HOME = "", True, Home(tmp_path)
    client.post("/accounts/password/reset/", {"email": alice.email})
    assert "writes its mails to files" in text(client.get("/accounts/password/reset/done/"))
    assert send_mails() == 1
    (file,) = (tmp_path / "mail").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"is in {file}" in caplog.text
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert (mail["To"], mail["Subject"]) == (alice.email, "[NotPanel] Choose a new password")
    assert "https://panel.example/accounts/password/reset/key/" in mail.get_content()


def test_without_a_mail_server_nothing_is_written_and_the_page_says_so(client, alice, settings):
    settings.EMAIL_HOST, settings.OPERATOR_EMAIL = "", ["bob@panel.example"]
    for answer, status in [
        (client.get("/accounts/password/reset/"), 200),
        (client.post("/accounts/password/reset/", {"email": alice.email}), 503),
    ]:
        assert answer.status_code == status
        assert b"This panel sends no mail" in answer.content
        assert b"bob@panel.example" in answer.content
    assert not Mail.objects.exists()


def test_links_lead_to_the_panel_whatever_the_host_of_the_request(alice, settings):
    settings.ALLOWED_HOSTS = ["*"]
    browser = Client(HTTP_HOST="evil.example")
    browser.post("/accounts/password/reset/", {"email": alice.email})
    browser.post("/accounts/signup/", {"email": alice.email, "password1": "correct horse battery"})
    browser.post("/accounts/signup/", {"email": "carol@example.com", "password1": "correct horse battery"})
    bodies = [mail.body for mail in Mail.objects.all()]
    assert len(bodies) == 3
    assert not any("evil.example" in body for body in bodies)
    assert all("https://panel.example/accounts/" in body for body in bodies)


def test_a_mail_is_in_the_language_of_the_page(alice):
    browser = Client(HTTP_ACCEPT_LANGUAGE="tr")
    with translation.override("tr"):
        expected = translation.gettext("Choose a new password")
    browser.post("/accounts/password/reset/", {"email": alice.email})
    assert Mail.objects.get().subject == f"[NotPanel] {expected}"


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"sent_at": clock.now()}, "mail_ended_without_its_body"),
        ({"sent_at": clock.now(), "given_up_at": clock.now(), "body": ""}, "mail_sent_or_given_up"),
    ],
)
def test_the_database_keeps_no_body_of_a_mail_that_has_ended(changes, rule):
    write()
    with refused_by(rule):
        Mail.objects.update(**changes)


def test_a_mail_of_yesterday_is_not_given_up_before_it_was_tried(time, mailed):
    write()
    Mail.objects.update(created_at=clock.now() - GIVEN_UP_AFTER - timedelta(hours=1))
    assert send_mails() == 1
