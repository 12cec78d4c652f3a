"""A connection goes to the address that was checked: one look-up each, whatever the name answers the next time."""

import threading

import pytest

from tests.webhooks.attempts import Names, after, answer, message, outcome
from tests.webhooks.receiver import Receiver, status
from webhooks import urls
from webhooks.outcomes import Answered, NotAnswered
from webhooks.sender import Sender

closing = status(200, connection="close")


@pytest.fixture
def private(receiver):
    """A second receiver, at the same port of an address that may not be reached."""
    with Receiver("127.0.0.2", port=receiver.port) as private:
        yield private


@pytest.fixture(autouse=True)
def one_address(settings):
    """Of this machine, 127.0.0.1 stands for a public address, and 127.0.0.2 for a private one."""
    settings.WEBHOOK_ALLOW_HTTP = True
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.1/32"]


def test_each_connection_looks_the_name_up_once(receiver):
    receiver.otherwise = closing
    names = Names(hooks_example=[["127.0.0.1"]])
    with Sender(look_up=names) as sender:
        for _ in range(3):
            assert outcome(sender, f"http://hooks.example:{receiver.port}/") == Answered(200)
    assert (receiver.connections, names.asked) == (3, ["hooks.example"] * 3)


def test_a_connection_that_is_kept_needs_no_look_up(receiver, monkeypatch):
    monkeypatch.setattr("webhooks.posting.IDLE", 600)
    names = Names(hooks_example=[["127.0.0.1"]])
    with Sender(look_up=names) as sender:
        for _ in range(3):
            assert outcome(sender, f"http://hooks.example:{receiver.port}/") == Answered(204)
    assert (len(receiver.got), receiver.connections, names.asked) == (3, 1, ["hooks.example"])


def test_attempts_at_one_moment_share_a_look_up(receiver):
    names, may_answer = Names(hooks_example=[["127.0.0.1"]]), threading.Event()
    with Sender(look_up=after(may_answer, names), per_endpoint=5) as sender:
        try:
            sender.send(message(f"http://hooks.example:{receiver.port}/", endpoint=-1) for _ in range(5))
            assert outcome(sender, receiver.url) == Answered(204)  # by then, all five have asked
        finally:
            may_answer.set()
        receiver.wait_for(6)
    assert names.asked == ["hooks.example"]


def test_a_name_that_answers_otherwise_the_next_time_is_refused(receiver, private):
    receiver.otherwise = closing
    names = Names(hooks_example=[["127.0.0.1"], ["127.0.0.2"]])
    with Sender(look_up=names) as sender:
        assert outcome(sender, f"http://hooks.example:{receiver.port}/") == Answered(200)
        found = outcome(sender, f"http://hooks.example:{receiver.port}/")
    assert found == NotAnswered("127.0.0.2 is not a public address")
    assert (len(receiver.got), private.connections) == (1, 0)


def test_a_name_that_was_public_when_it_was_registered_is_refused(private):
    names = Names(hooks_example=[["93.184.215.14"], ["127.0.0.2"]])
    url = urls.checked(f"http://hooks.example:{private.port}/")
    urls.resolve_now(url, names)
    with Sender(look_up=names) as sender:
        assert outcome(sender, url) == NotAnswered("127.0.0.2 is not a public address")
    assert (names.asked, private.connections) == (["hooks.example"] * 2, 0)


def test_a_name_with_a_public_and_a_private_address_is_refused(receiver, private, settings):
    names = Names(
        one_example=[["127.0.0.1", "127.0.0.2"]],
        two_example=[["127.0.0.2", "127.0.0.1"]],
        three_example=[[*(f"127.0.1.{number}" for number in range(1, 10)), "127.0.0.2"]],
    )
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.1/32", "127.0.1.0/24"]
    with Sender(look_up=names) as sender:
        for name in names.answers:
            found = outcome(sender, f"http://{name}:{receiver.port}/")
            assert found == NotAnswered("127.0.0.2 is not a public address")
    assert (receiver.connections, private.connections) == (0, 0)


def test_with_the_guard_off_the_private_address_is_reached(receiver, private, settings):
    settings.WEBHOOK_ALLOW_NETWORKS = ["0.0.0.0/0"]
    names = Names(hooks_example=[["127.0.0.1"], ["127.0.0.2"]])
    receiver.otherwise = closing
    with Sender(look_up=names) as sender:
        for _ in range(2):
            assert answer(sender, f"http://hooks.example:{receiver.port}/").status in (200, 204)
    assert len(private.got) == 1


def test_the_next_address_is_tried_where_one_refuses(receiver, settings):
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.0/8"]
    names = Names(hooks_example=[["127.0.0.3", "127.0.0.1"]])
    with Sender(look_up=names) as sender:
        assert outcome(sender, f"http://hooks.example:{receiver.port}/") == Answered(204)


def test_a_name_with_many_addresses_is_not_knocked_at_each(receiver, settings):
    settings.WEBHOOK_ALLOW_NETWORKS = ["127.0.0.0/8"]
    names = Names(hooks_example=[["127.0.0.2", "127.0.0.3", "127.0.0.4", "127.0.0.5", "127.0.0.1"]])
    with Sender(look_up=names) as sender:
        assert outcome(sender, f"http://hooks.example:{receiver.port}/") == NotAnswered("connection refused")
    assert receiver.connections == 0


def test_a_redirect_is_not_followed(receiver, private):
    receiver.otherwise = status(302, location=private.url)
    with Sender() as sender:
        assert outcome(sender, receiver.url) == Answered(302)
    assert private.connections == 0
