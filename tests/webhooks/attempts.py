"""Attempts made by a real Sender, for the tests of what comes of them."""

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count

from kit import clock
from tests.waiting import PATIENCE
from webhooks.outcomes import Answered, Message, Outcome, Tried
from webhooks.resolving import LookUp
from webhooks.sender import Sender

KEY = b"k" * 32
numbers = count(1)


def message(url: str, body: bytes = b'{"type":"webhook.test"}', endpoint: int = 0, lasts: float = PATIENCE) -> Message:
    """A message for an endpoint of its own, unless one is named."""
    number = next(numbers)
    return Message(number, endpoint or number, url, f"evt_{number}", body, (KEY,), clock.timestamp() + lasts)


def tried(sender: Sender, *messages: Message) -> list[Tried]:
    """Send these and return what was tried, once all are done, in the order they were given."""
    sender.send(messages)
    found: dict[int, Tried] = {}
    deadline = clock.timestamp() + PATIENCE
    while len(found) < len(messages):
        assert clock.timestamp() < deadline, f"{len(messages) - len(found)} have no outcome"
        found.update((each.message.delivery_id, each) for each in sender.outcomes(1))
    return [found[each.delivery_id] for each in messages]


def outcome(sender: Sender, url: str) -> Outcome:
    """Return what comes of one message to this URL."""
    return tried(sender, message(url))[0].outcome


def answer(sender: Sender, url: str) -> Answered:
    """Return what one message to this URL was answered."""
    found = outcome(sender, url)
    assert isinstance(found, Answered), found
    return found


def after(over: threading.Event, look_up: LookUp) -> LookUp:
    """A look-up that answers once this is over."""

    def wait(name: str) -> Iterable[str]:
        over.wait()
        return look_up(name)

    return wait


class Names:
    """A look-up for tests: what each name answers, the first answers in turn and the last for ever; all are counted."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): each for name, each in answers.items()}
        self.asked: list[str] = []

    def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        answers = self.answers[name]
        return answers.pop(0) if len(answers) > 1 else answers[0]


@contextmanager
def without(guard: str, monkeypatch, instead: Callable[..., object]) -> Iterator[None]:
    """Take one of the guards away, as long as the block lasts."""
    with monkeypatch.context() as patched:
        patched.setattr(guard, instead)
        yield
