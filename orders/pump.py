"""Claims work, makes its calls in threads, and commits each outcome as it arrives."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from django.db import InterfaceError, OperationalError, connection

from kit import clock
from kit.lease import Lease, lease

logger = logging.getLogger(__name__)

SLOTS = 16  # calls under way at once
PER_PROVIDER = 8  # … of them to one provider, so that a slow one leaves room for the others
LOOK_AGAIN = 0.25  # seconds after which new work is looked for while calls are under way
RUN_FOR = 30.0  # seconds after which nothing more is claimed; the next task goes on
KEEP_TRYING = 20.0  # seconds an outcome is tried to be committed while PostgreSQL is away


class OfProvider(Protocol):
    """Something to be done with one provider."""

    @property
    def provider_id(self) -> int:
        """Return the provider's id."""


T = TypeVar("T", bound=OfProvider)
R = TypeVar("R")


@dataclass(frozen=True)
class Pump(Generic[T, R]):
    """One kind of work: whether there is any, how to claim a piece, what call it takes, how to commit its outcome.

    `claim` and `record` run in the caller's thread, which alone has a database connection; `call` runs in another.
    `failed` is told of a call that raised.
    """

    name: str
    waiting: Callable[[], bool]
    claim: Callable[[list[int]], T | None]
    call: Callable[[T], R]
    record: Callable[[T, R], None]
    failed: Callable[[T, BaseException], None]
    per_provider: int = PER_PROVIDER

    def run_alone(self) -> int:
        """Work until nothing is left, unless another process is at it; return how many pieces were done."""
        done = 0
        # Looked at again after the lease is given back: whoever rang meanwhile found it taken and went away.
        while persistently(self.waiting):
            with lease(f"pump:{self.name}", seconds=10) as mine:
                now = self._run(mine) if mine else 0
            done += now
            if not now:
                break
        return done

    def _run(self, mine: Lease) -> int:
        done, until = 0, clock.timestamp() + RUN_FOR
        under_way: dict[Future[R], T] = {}
        with ThreadPoolExecutor(SLOTS, thread_name_prefix=self.name) as threads:
            while True:
                if clock.timestamp() < until:
                    self._fill(threads, under_way)
                if not under_way:
                    return done
                finished, _ = wait(under_way, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._finish(under_way.pop(future), future)
                done += len(finished)
                mine.renew()

    def _fill(self, threads: ThreadPoolExecutor, under_way: dict[Future[R], T]) -> None:
        calls = Counter(piece.provider_id for piece in under_way.values())
        while len(under_way) < SLOTS:
            busy = [provider for provider, count in calls.items() if count >= self.per_provider]
            piece = persistently(lambda busy=busy: self.claim(busy))  # type: ignore[misc]
            if piece is None:
                return
            calls[piece.provider_id] += 1
            under_way[threads.submit(self.call, piece)] = piece

    def _finish(self, piece: T, future: Future[R]) -> None:
        error = future.exception()
        try:
            if error is None:
                persistently(lambda: self.record(piece, future.result()))
            else:
                persistently(lambda: self.failed(piece, error))
        except Exception:
            # What one call brought could not be kept; the others' outcomes are not to be lost with it.
            logger.exception("%s: the outcome of %s could not be recorded", self.name, piece)


def persistently(do: Callable[[], R]) -> R:
    """Do it again for up to KEEP_TRYING seconds while PostgreSQL is away: what a call brought is not to be lost."""
    until = clock.timestamp() + KEEP_TRYING
    pause = threading.Event()
    while True:
        try:
            return do()
        except (OperationalError, InterfaceError) as error:
            if clock.timestamp() > until:
                raise
            logger.warning("PostgreSQL is not answering: %s. Trying again.", error)
            connection.close()
            pause.wait(0.5)
