"""The connection to PostgreSQL lost in the middle of a webhook.* action: it is done once, and answered."""

import pytest
from django.db import OperationalError
from django.db.backends.postgresql.base import DatabaseWrapper

from events.models import Event
from kit import encryption, ids
from tests.api_v2.losing_postgres import lost_before_statement, terminate
from webhooks.models import Delivery, Endpoint
from webhooks.operations import endpoints

pytestmark = pytest.mark.django_db(transaction=True)
STATEMENTS = {"webhook.add": 4, "webhook.remove": 5}


@pytest.fixture
def unheard(monkeypatch):
    """Make the first commit, and lose the connection before its answer."""
    commits = []
    commit = DatabaseWrapper._commit  # type: ignore[attr-defined]

    def lost(self):
        commit(self)
        commits.append(self)
        if len(commits) == 1:
            terminate(self.connection.info.backend_pid)
            raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(DatabaseWrapper, "_commit", lost)
    return commits


@pytest.fixture
def warm(post, alice) -> None:
    """The key is cached, so that the first statement is the action's."""
    post(key=alice.key, action="balance")


def added_once(answer) -> bool:
    assert answer.status == 200, answer.json
    made = Endpoint.objects.get()
    shown = (answer.json["webhook"], answer.json["secret"])
    assert shown == (ids.shown("whk", made.public_id), encryption.decrypt(made.secret_encrypted))
    return Event.objects.filter(kind="webhook.added").count() == 1


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize("number", range(1, STATEMENTS["webhook.add"] + 1))
def test_an_add_that_loses_its_connection_at_any_statement_makes_one(alice, hook, number):
    with lost_before_statement(number) as tried:
        answer = hook(alice)
    assert len(tried) == number + STATEMENTS["webhook.add"] + 1  # and the balance, as after any second try
    assert added_once(answer)


@pytest.mark.usefixtures("warm")
def test_an_add_whose_commit_was_made_but_never_heard_of_shows_the_secret_it_kept(alice, hook, unheard):
    assert added_once(hook(alice))


@pytest.mark.usefixtures("warm")
def test_a_fifth_add_whose_commit_was_never_heard_of_does_not_meet_the_limit(alice, hook, monkeypatch, request):
    for _ in range(4):
        hook(alice)
    request.getfixturevalue("unheard")
    fifth = hook(alice)
    assert fifth.status == 200
    assert Endpoint.objects.count() == 5
    made = Endpoint.objects.get(slot=5)
    assert fifth.json["secret"] == encryption.decrypt(made.secret_encrypted)


def test_an_add_that_finds_its_first_try_only_when_it_writes_takes_what_that_one_made(alice, locally, monkeypatch):
    """The server was still at the first one's commit when the second looked."""
    key = {"api_key_id": alice.user.api_keys.get().pk, "url": "http://127.0.0.1:9999/", "public_id": ids.new_id()}
    made, secret = endpoints.add(**key)
    look, looked = endpoints._made_before, []

    def too_early(endpoint):
        looked.append(endpoint)
        if len(looked) > 1:
            return look(endpoint)
        endpoint.slot = 2
        return None

    monkeypatch.setattr(endpoints, "_made_before", too_early)
    again, same = endpoints.add(**key)
    assert (again.pk, same) == (made.pk, secret)
    assert (Endpoint.objects.count(), len(looked)) == (1, 2)


def removed_once(answer, webhook) -> bool:
    assert (answer.status, answer.json) == (200, {"webhook": webhook, "removed": True})
    assert Endpoint.objects.get().removed_at is not None
    return Event.objects.filter(kind="webhook.removed").count() == 1


@pytest.mark.parametrize("number", range(1, STATEMENTS["webhook.remove"] + 1))
def test_a_remove_that_loses_its_connection_at_any_statement_removes_it(post, alice, hook, number):
    made = hook(alice).json["webhook"]
    with lost_before_statement(number) as tried:
        answer = post(key=alice.key, action="webhook.remove", webhook=made)
    assert len(tried) == number + STATEMENTS["webhook.remove"] + 1
    assert removed_once(answer, made)


def test_a_remove_whose_commit_was_made_but_never_heard_of_is_answered_as_done(post, alice, hook, request):
    made = hook(alice).json["webhook"]
    request.getfixturevalue("unheard")
    assert removed_once(post(key=alice.key, action="webhook.remove", webhook=made), made)
    again = post(key=alice.key, action="webhook.remove", webhook=made)
    assert (again.status, again.json) == (400, {"error": "Webhook not found"})


def test_a_test_whose_commit_was_never_heard_of_is_sent_twice_and_answers_the_second(post, alice, hook, request):
    made = hook(alice).json["webhook"]
    request.getfixturevalue("unheard")
    answer = post(key=alice.key, action="webhook.test", webhook=made)
    assert answer.status == 200
    first, second = Delivery.objects.order_by("id")
    assert second.event.public_id is not None
    assert answer.json["event"] == ids.shown("evt", second.event.public_id)
    assert first.event.public_id != second.event.public_id
