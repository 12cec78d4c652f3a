"""Mailing the operator, by a real mail server: several in one mail, each once, and again after a failure."""

import threading
from datetime import timedelta

import pytest

from alerts.models import Alert
from alerts.operations import CLAIM_LASTS, MAILED_AFTER, claim_unmailed, clear_alert, raise_alert
from alerts.queries import mail_problem
from alerts.tasks import mail
from kit import clock
from providers.operations.health import FAILING
from tests.racing import PATIENCE, at_once

pytestmark = pytest.mark.django_db(transaction=True)


def test_mails_everything_that_was_not_mailed_in_one_mail(mailed):
    raise_alert(kind="provider.low_balance", subject_id=1, text="Demo: 3.00 USD are left.", path="/admin/providers/")
    raise_alert(kind="orders.stuck", text="4 orders are stuck.")
    assert mail() == 2
    (text,) = mailed.texts()
    assert "Demo: 3.00 USD are left." in text
    assert "https://panel.example/admin/providers/" in text
    assert "4 orders are stuck." in text
    assert mailed.mails[0]["Subject"] == "[NotPanel] 2 alerts: Demo: 3.00 USD are left."
    assert mailed.mails[0]["From"] == "panel@panel.example"
    assert mailed.recipients == [["bob@panel.example", "second@panel.example"]]


def test_mails_each_cause_once_and_again_when_it_comes_back(mailed):
    raise_alert(kind="orders.unknown", text="1 waits.")
    assert [mail(), mail()] == [1, 0]
    raise_alert(kind="orders.unknown", text="2 wait.")
    assert mail() == 0
    clear_alert(kind="orders.unknown")
    raise_alert(kind="orders.unknown", text="3 wait.")
    assert mail() == 1
    assert [each["Subject"] for each in mailed.mails] == ["[NotPanel] 1 waits.", "[NotPanel] 3 wait."]


def test_what_is_over_before_it_was_mailed_is_not_mailed(mailed):
    raise_alert(kind="orders.unknown", text="1 waits.")
    clear_alert(kind="orders.unknown")
    assert mail() == 0
    assert mailed.mails == []


def test_a_provider_that_fails_again_and_again_for_a_moment_is_not_mailed(mailed, monkeypatch):
    held = [clock.timestamp()]
    monkeypatch.setattr(clock, "timestamp", lambda: held[0])
    for _ in range(5):
        raise_alert(kind=FAILING, subject_id=1, text="Demo fails.")
        held[0] += MAILED_AFTER.total_seconds() - 1
        assert mail() == 0
        clear_alert(kind=FAILING, subject_id=1)
    assert mailed.mails == []
    assert Alert.objects.filter(mail_claimed_at__isnull=True).count() == 5


def test_a_provider_that_goes_on_failing_is_mailed_once_and_holds_up_no_other_alert(mailed, monkeypatch):
    held = [clock.timestamp()]
    monkeypatch.setattr(clock, "timestamp", lambda: held[0])
    raise_alert(kind=FAILING, subject_id=1, text="Demo fails.")
    raise_alert(kind="orders.unknown", text="1 waits.")
    assert mail() == 1
    assert mail_problem() == ""
    held[0] += MAILED_AFTER.total_seconds()
    assert [mail(), mail()] == [1, 0]
    assert [each["Subject"] for each in mailed.mails] == ["[NotPanel] 1 waits.", "[NotPanel] Demo fails."]


def test_nobody_is_mailed_where_there_is_no_address(mailed, settings):
    settings.OPERATOR_EMAIL = []
    raise_alert(kind="orders.unknown", text="1 waits.")
    assert mail() == 0
    assert mailed.mails == []
    assert Alert.objects.get().mail_claimed_at is None
    assert mail_problem() == ""


def test_a_mail_that_is_refused_is_logged_and_tried_again(mailed, caplog):
    mailed.refuses = True
    raise_alert(kind="orders.unknown", text="1 waits.")
    assert mail() == 0
    assert "1 alerts could not be mailed and are tried again" in caplog.text
    assert "we take no mail from you" in caplog.text
    assert "bob@panel.example, second@panel.example does not go out" in mail_problem()
    assert "we take no mail from you" in mail_problem()
    mailed.refuses = False
    assert mail() == 1
    assert mail_problem() == ""
    assert len(mailed.mails) == 1


def test_a_mail_server_that_is_away_is_tried_again(mailed, settings, caplog):
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    raise_alert(kind="orders.unknown", text="1 waits.")
    assert mail() == 0
    assert "127.0.0.1:9" in mail_problem()
    settings.EMAIL_PORT = port
    assert mail() == 1


def test_what_waits_for_a_mail_too_long_is_said(mailed):
    raise_alert(kind="orders.unknown", text="1 waits.")
    assert mail_problem() == ""
    Alert.objects.update(raised_at=clock.now() - timedelta(minutes=6))
    assert mail_problem() == "1 alert waits to be mailed for over five minutes"


def test_with_the_guard_off_two_workers_mail_one_alert_twice(mailed):
    """The control: both read what is not mailed, and both send it."""
    from alerts.mailing import _mail

    raise_alert(kind="orders.unknown", text="1 waits.")
    both_have_read = threading.Barrier(2)

    def read_and_send():
        waiting = list(Alert.objects.filter(mailed_at__isnull=True))
        both_have_read.wait(PATIENCE)
        _mail(waiting).send()

    assert at_once(read_and_send, read_and_send) == [None, None]
    assert len(mailed.mails) == 2


def test_two_workers_mail_one_alert_once(mailed):
    raise_alert(kind="orders.unknown", text="1 waits.")
    assert sorted(at_once(*[mail] * 8)) == [0] * 7 + [1]
    assert len(mailed.mails) == 1


def test_nobody_mails_what_another_one_is_just_sending(mailed):
    mailed.may_go_on.clear()
    raise_alert(kind="orders.unknown", text="1 waits.")

    def second() -> int:
        assert mailed.begun.acquire(timeout=PATIENCE)
        try:
            return mail()
        finally:
            mailed.may_go_on.set()

    assert at_once(mail, second) == [1, 0]
    assert len(mailed.mails) == 1


def test_what_a_worker_that_died_had_claimed_is_mailed_by_another(mailed, monkeypatch):
    raise_alert(kind="orders.unknown", text="1 waits.")
    assert len(claim_unmailed()) == 1
    assert mail() == 0
    later = clock.timestamp() + CLAIM_LASTS.total_seconds() + 1
    monkeypatch.setattr(clock, "timestamp", lambda: later)
    assert mail() == 1
