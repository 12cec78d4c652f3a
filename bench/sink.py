"""Receivers of webhooks in a process of their own, on a CPU of their own: they take what comes and say when it came."""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from typing import NamedTuple

from tests.webhooks.receiver import Answer, Got, Receiver, after, hang, taken

SLOW_SECONDS = 0.1


class Came(NamedTuple):
    """One post: where to, its webhook-id, and when it was there whole, in seconds since 1970."""

    path: str
    event_id: str
    at: float


class Sink(Receiver):
    """Answers at once below `/now`, after 100 ms below `/slow`, never below `/hang`."""

    answers_below = {"now": taken, "slow": after(SLOW_SECONDS, taken), "hang": hang}

    def __init__(self) -> None:
        super().__init__("0.0.0.0")  # noqa: S104 -- every address of the loopback's, for each endpoint its own
        self.came: list[Came] = []

    def take(self, got: Got) -> Answer:
        """Note it."""
        self.came.append(Came(got.path, got.headers.get("webhook-id", ""), got.at.timestamp()))
        return self.answers_below[got.path.split("/", 2)[1]]


class Sinks:
    """The process, from the side of the bench."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._port: int = pipe.recv()

    def url(self, number: int, manner: str) -> str:
        """Return the address of receiver number so and so (1 to 254), which answers in this manner."""
        return f"http://127.0.1.{number}:{self._port}/{manner}/{number}"

    def came(self) -> list[Came]:
        """Return what came since this was asked the last time."""
        self._pipe.send("")
        came: list[Came] = self._pipe.recv()
        return came


@contextmanager
def sinks() -> Iterator[Sinks]:
    """Run them."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    theirs.close()  # so that its end is heard of here
    try:
        yield Sinks(ours)
    finally:
        process.terminate()
        process.join()


def _serve(pipe: Connection) -> None:
    on_the_last_cpu()
    with Sink() as sink:
        pipe.send(sink.port)
        while True:
            pipe.recv()
            came, sink.came = sink.came, []
            pipe.send(came)


def on_the_last_cpu() -> None:
    """Have this process, and those it starts from now on, run beside what is measured and not in its way."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def on_the_first_cpu() -> None:
    """Have this process, and those it starts from now on, run on the CPU of what is measured."""
    os.sched_setaffinity(0, {0})
