"""An owner whose endpoints were disabled by themselves is mailed so, once, by a real mail server."""

import threading
from datetime import timedelta

import pytest

from accounts.operations import revoke_key, suspend
from events.models import Event
from kit import clock
from tests.alerts.conftest import mailed, server
from tests.racing import PATIENCE, at_once
from tests.webhooks.receiver import gone
from webhooks.dispatching import dispatch
from webhooks.mailing import _mail
from webhooks.models import Endpoint
from webhooks.operations.disabling import disable
from webhooks.operations.telling_owners import CLAIM_LASTS, NEWS_FOR, News, claim_untold
from webhooks.operations.testing import send_test
from webhooks.states import Disabled
from webhooks.tasks import tell_owners

pytestmark = pytest.mark.django_db(transaction=True)
__all__ = ["mailed", "server"]
URL, OTHER = "http://127.0.0.1:9999/hooks", "http://127.0.0.1:9998/"


def disabled(endpoint, because="failing", ago=timedelta(0), **fields):
    at = clock.now() - ago
    failing = at - timedelta(days=5)
    told = {"disabled_at": at, "disabled_because": because, "failing_since": failing} | fields
    Endpoint.objects.filter(pk=endpoint.pk).update(**told)
    endpoint.refresh_from_db()
    return endpoint


def test_says_which_why_since_when_and_how_it_is_enabled_again(alice, listen, mailed):
    endpoint = disabled(listen(alice, URL))
    assert tell_owners() == 1
    (mail,), (text,) = mailed.mails, mailed.texts()
    assert mail["Subject"] == "[NotPanel] Your webhook is disabled"
    assert mailed.recipients == [["alice@example.com"]]
    assert mail["Reply-To"] == "bob@panel.example, second@panel.example"
    since, failing = (f"{at:%Y-%m-%d %H:%M} UTC" for at in (endpoint.disabled_at, endpoint.failing_since))
    assert " ".join(text.split()) == (
        f"{URL} ({endpoint.shown_id}) "
        f"Nothing is sent there since {since}: nothing that we sent there was taken for days. "
        f"It has been failing since {failing}. "
        "What happens from now on is not told there. "
        "Once your receiver answers 2xx again, enable it among the webhooks of https://panel.example/dashboard: "
        "the address and the secret stay as they are, and what failed can be sent again. "
        "Or remove it there."
    )


def test_one_that_is_gone_is_said_to_be(alice, listen, mailed):
    disabled(listen(alice, URL), "gone", failing_since=None)
    assert tell_owners() == 1
    (text,) = mailed.texts()
    assert "it answered 410 Gone, which asks us to send nothing more." in text
    assert "It has been failing" not in text


def test_whoever_answers_410_is_told(alice, listen, receiver, mailed):
    receiver.answers = [gone]
    endpoint = listen(alice, receiver.url)
    send_test(endpoint_id=endpoint.pk)
    assert dispatch() == 1
    assert tell_owners() == 1
    assert mailed.recipients == [["alice@example.com"]]
    assert receiver.url in mailed.texts()[0]
    assert "it answered 410 Gone" in mailed.texts()[0]


def test_is_told_once_and_anew_when_it_is_disabled_again(alice, listen, mailed):
    endpoint = disabled(listen(alice, URL))
    assert [tell_owners(), tell_owners()] == [1, 0]
    endpoint.refresh_from_db()
    assert endpoint.owner_told_at is not None
    told = Event.objects.get(kind="webhook.owner_told")
    assert (told.subject_id, told.account_id, told.data["to"]) == (endpoint.pk, alice.id, "alice@example.com")
    disabled(endpoint, owner_told_at=None, owner_claimed_at=None)  # as enabling it does, before it fails again
    assert tell_owners() == 1
    assert len(mailed.mails) == 2


def test_endpoints_of_one_owner_are_one_mail_and_each_owner_has_his_own(alice, bob, listen, mailed):
    disabled(listen(alice, URL))
    disabled(listen(bob, OTHER))
    disabled(listen(alice, OTHER), "gone")
    assert tell_owners() == 3
    assert mailed.recipients == [["alice@example.com"], ["bob@example.com"]]
    assert mailed.mails[0]["Subject"] == "[NotPanel] 2 of your webhooks are disabled"
    assert [URL in mailed.texts()[0], OTHER in mailed.texts()[0], URL in mailed.texts()[1]] == [True, True, False]


@pytest.mark.parametrize(
    "fields",
    [
        {"because": "operator"},
        {"owner_told_at": clock.now()},
        {"removed_at": clock.now()},
        {"ago": NEWS_FOR + timedelta(minutes=1)},
    ],
    ids=["disabled by the operator", "told", "removed", "a week ago"],
)
def test_is_not_told_of_what_is_no_news_to_him(alice, listen, mailed, fields):
    endpoint = disabled(listen(alice, URL), **fields)
    assert tell_owners() == 0
    assert mailed.mails == []
    before = endpoint.owner_told_at
    endpoint.refresh_from_db()
    assert (endpoint.owner_told_at, endpoint.owner_claimed_at) == (before, None)


def test_the_owner_of_a_revoked_keys_endpoint_is_not_told_to_have_it_enabled(alice, listen, mailed):
    endpoint = listen(alice)
    disable(endpoint_id=endpoint.pk, because=Disabled.FAILING)
    revoke_key(key_id=endpoint.api_key_id)
    assert tell_owners() == 0
    endpoint.refresh_from_db()
    assert endpoint.owner_told_at is None


def test_an_owner_is_not_mailed_of_his_own_word(alice, listen, mailed):
    disable(endpoint_id=listen(alice).pk, because=Disabled.OWNER)
    assert tell_owners() == 0
    assert mailed.mails == []


def test_an_owner_who_is_suspended_is_told_all_the_same(alice, listen, mailed):
    disabled(listen(alice, URL))
    suspend(account_id=alice.id, reason="unpaid")
    assert tell_owners() == 1


def test_without_a_mail_server_nobody_is_told_and_nothing_is_marked(alice, listen, mailed, settings):
    endpoint = disabled(listen(alice, URL))
    settings.EMAIL_HOST = ""
    assert tell_owners() == 0
    endpoint.refresh_from_db()
    assert (endpoint.owner_told_at, endpoint.owner_claimed_at) == (None, None)
    settings.EMAIL_HOST = "127.0.0.1"
    assert tell_owners() == 1


def test_a_mail_that_is_refused_is_logged_and_tried_again_later(alice, listen, mailed, caplog, monkeypatch):
    disabled(listen(alice, URL))
    mailed.refuses = True
    assert tell_owners() == 0
    assert "alice@example.com could not be mailed that webhooks are disabled, and is tried again" in caplog.text
    assert "we take no mail from you" in caplog.text
    mailed.refuses = False
    assert tell_owners() == 0
    later = clock.timestamp() + CLAIM_LASTS.total_seconds() + 1
    monkeypatch.setattr(clock, "timestamp", lambda: later)
    assert tell_owners() == 1
    assert not Event.objects.filter(kind="webhook.owner_told").exclude(data__to="alice@example.com").exists()


def test_an_address_that_is_refused_holds_up_nobody_else(alice, bob, listen, mailed, caplog):
    disabled(listen(alice, URL))
    disabled(listen(bob, URL))
    mailed.nobody_is = {"alice@example.com"}
    assert tell_owners() == 1
    assert mailed.recipients == [["bob@example.com"]]
    assert "alice@example.com could not be mailed" in caplog.text


def test_a_mail_server_that_is_away_is_asked_once_a_round(alice, bob, listen, mailed, settings, caplog):
    disabled(listen(alice, URL))
    disabled(listen(bob, URL))
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, 9
    assert tell_owners() == 0
    assert caplog.text.count("could not be mailed") == 1
    settings.EMAIL_PORT = port
    assert tell_owners() == 1
    assert mailed.recipients == [["bob@example.com"]]


def test_with_the_guard_off_two_workers_tell_one_owner_twice(alice, listen, mailed):
    """The control: both read what is not told, and both send it."""
    disabled(listen(alice, URL))
    both_have_read = threading.Barrier(2)

    def read_and_send():
        untold = list(Endpoint.objects.filter(owner_told_at__isnull=True).select_related("account"))
        both_have_read.wait(PATIENCE)
        _mail(News(untold, clock.now())).send()

    assert at_once(read_and_send, read_and_send) == [None, None]
    assert len(mailed.mails) == 2


def test_eight_workers_tell_each_owner_once(alice, bob, listen, mailed):
    disabled(listen(alice, URL))
    disabled(listen(bob, URL))
    done = at_once(*[tell_owners] * 8)
    assert all(isinstance(each, int) for each in done), done
    assert sum(done) + tell_owners() == 2
    assert sorted(mailed.recipients) == [["alice@example.com"], ["bob@example.com"]]


def test_what_is_enabled_while_it_is_claimed_is_not_noted(alice, listen, mailed):
    endpoint = disabled(listen(alice, URL))
    mailed.may_go_on.clear()

    def enable():
        assert mailed.begun.acquire(timeout=PATIENCE)
        enabled = {"disabled_at": None, "disabled_because": "", "owner_claimed_at": None}
        Endpoint.objects.filter(pk=endpoint.pk).update(**enabled)
        mailed.may_go_on.set()

    assert at_once(tell_owners, enable) == [1, None]
    endpoint.refresh_from_db()
    assert endpoint.owner_told_at is None
    assert not Event.objects.filter(kind="webhook.owner_told").exists()


def test_what_a_worker_that_died_had_claimed_is_told_by_another(alice, listen, mailed, monkeypatch):
    disabled(listen(alice, URL))
    assert claim_untold() is not None
    assert tell_owners() == 0
    later = clock.timestamp() + CLAIM_LASTS.total_seconds() + 1
    monkeypatch.setattr(clock, "timestamp", lambda: later)
    assert tell_owners() == 1
