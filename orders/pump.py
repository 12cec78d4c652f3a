"""Claims work, makes its calls in threads, and commits each outcome as it arrives."""

import logging
import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from kit import clock, stopping
from kit.lease import Lease, lease
from kit.nudge import nudge
from kit.outages import MAY_BE_AWAY
from kit.persisting import Persistence

logger = logging.getLogger(__name__)

SLOTS = 16  # calls under way at once
PER_PROVIDER = 8  # … of them to one provider, so that a slow one leaves room for the others
LOOK_AGAIN = 0.25  # seconds after which new work is looked for while calls are under way
LONGEST_PAUSE = 10.0  # seconds that a provider's pace is waited for; beyond, the next tick of the clock is soon enough
RUN_FOR = 60.0  # seconds after which nothing more is claimed; the next task goes on


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
    `failed` is told of a call that raised. `soonest` says in how many seconds a piece that waits for its provider's
    pace may be claimed; a kind of work without it is looked for at the next tick of the clock.
    """

    name: str
    task: str
    waiting: Callable[[], bool]
    claim: Callable[[list[int]], T | None]
    call: Callable[[T], R]
    record: Callable[[T, R], None]
    failed: Callable[[T, BaseException], None]
    per_provider: int = PER_PROVIDER
    soonest: Callable[[], float | None] = field(default=lambda: None)

    def run_alone(self) -> int:
        """Work until nothing is left, for RUN_FOR seconds at most, unless another process is at it.

        Return how many pieces were done. What is left then is the next task's: a bell is rung for it.
        """
        done, run = 0, Run(self, until=clock.timestamp() + RUN_FOR)
        # Looked at again after the lease is given back: whoever rang meanwhile found it taken and went away.
        while run.may_claim() and self.waiting():
            with lease(f"pump:{self.name}", seconds=10) as mine:
                now = run.work(mine) if mine else 0
            done += now
            if not now:
                return done
        if not run.may_claim() and not run.database_is_away and self.waiting():
            nudge(self.task)
        return done


class Run(Generic[T, R]):
    """One run of a pump: what is under way, and how long it may go on."""

    def __init__(self, pump: Pump[T, R], until: float) -> None:
        self._pump, self._until = pump, until
        self._under_way: dict[Future[R], T] = {}
        self._database = Persistence()

    @property
    def database_is_away(self) -> bool:
        """Return whether PostgreSQL did not answer when it was last asked."""
        return self._database.is_away

    def may_claim(self) -> bool:
        """Return whether more may be begun: there is time, nobody wants us to stop, and PostgreSQL answers."""
        return clock.timestamp() < self._until and not stopping.asked() and not self.database_is_away

    def work(self, mine: Lease) -> int:
        """Claim, call and record until nothing is under way and nothing more may be claimed; return how many."""
        done = 0
        with ThreadPoolExecutor(SLOTS, thread_name_prefix=self._pump.name) as threads:
            while True:
                if self.may_claim():
                    self._fill(threads)
                if not self._under_way:
                    if self._paused():
                        mine.renew()
                        continue
                    return done
                finished, _ = wait(self._under_way, timeout=LOOK_AGAIN, return_when=FIRST_COMPLETED)
                for future in finished:
                    self._finish(self._under_way.pop(future), future)
                done += len(finished)
                mine.renew()

    def _paused(self) -> bool:
        """Wait a little for a provider's pace, where something waits for it; return whether to look again."""
        try:
            pause = self._pump.soonest() if self.may_claim() else None
        except MAY_BE_AWAY as error:
            self._database.lost(error)
            return False
        if not pause or pause > LONGEST_PAUSE:
            return False  # there is nothing; or there is, and somebody holds it: the clock's next tick comes for it
        began = clock.timestamp()
        threading.Event().wait(min(pause, LOOK_AGAIN))
        return clock.timestamp() > began  # a clock that stands still would hold us here for ever

    def _fill(self, threads: ThreadPoolExecutor) -> None:
        calls = Counter(piece.provider_id for piece in self._under_way.values())
        while len(self._under_way) < SLOTS:
            busy = [provider for provider, count in calls.items() if count >= self._pump.per_provider]
            try:
                piece = self._pump.claim(busy)
            except MAY_BE_AWAY as error:
                # What is under way is still to be recorded; nothing new is begun.
                self._database.lost(error)
                return
            if piece is None:
                return
            calls[piece.provider_id] += 1
            self._under_way[threads.submit(self._pump.call, piece)] = piece

    def _finish(self, piece: T, future: Future[R]) -> None:
        error = future.exception()
        try:
            if error is None:
                self._database.keep_trying(lambda: self._pump.record(piece, future.result()))
            else:
                self._database.keep_trying(lambda: self._pump.failed(piece, error))
        except Exception:
            # What one call brought could not be kept: it stands here, and the others' is not lost with it.
            said = error if error is not None else future.result()
            logger.exception("%s: what came of %s could not be recorded: %s", self._pump.name, piece, said)
