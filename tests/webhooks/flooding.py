"""A receiver that never comes to the point holds up nobody else."""

import pytest

from tests.waiting import wait_until
from tests.webhooks.attempts import message, outcome, tried
from webhooks.outcomes import Answered, NotAnswered
from webhooks.sender import Sender

pytestmark = pytest.mark.usefixtures("locally")


def endless_1xx(connection):
    connection.go_on_writing(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 4000, 0)


def test_an_answer_of_endless_1xx_is_none(receiver):
    receiver.otherwise = endless_1xx
    with Sender() as sender:
        found = tried(sender, *(message(receiver.url, endpoint=1) for _ in range(10)))
        assert {each.outcome for each in found} == {NotAnswered("the answer is not HTTP")}
        assert max(each.ms for each in found) < 5000
        wait_until(lambda: not receiver.open, "the connections are closed")


def test_a_few_1xx_are(receiver):
    receiver.otherwise = lambda connection: connection.answer(
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 20 + b"HTTP/1.1 204 No Content\r\n\r\n"
    )
    with Sender() as sender:
        for _ in range(3):
            assert outcome(sender, receiver.url) == Answered(204)
    assert receiver.connections == 1
