"""Sends messages to many endpoints at once, from a thread of its own, and hands back what came of each."""

import asyncio
import logging
import queue
import resource
import ssl
import threading
from collections import deque
from collections.abc import Iterable
from concurrent.futures import Future
from typing import Self

from django.conf import settings

from kit import clock
from webhooks import resolving
from webhooks.outcomes import Message, NotBegun, OurFault, Outcome, Tried
from webhooks.posting import Poster

logger = logging.getLogger(__name__)
DESCRIPTORS = 8192  # WEBHOOK_UNDER_WAY times the addresses of a name that are tried, and what else is open
LOOKED_AT = 1.0  # seconds between two looks for messages whose time to begin has passed


class Lane:
    """What waits for one endpoint, in the order it was given, and how many attempts are under way there."""

    __slots__ = ("under_way", "waiting")

    def __init__(self) -> None:
        self.waiting: deque[Message] = deque()
        self.under_way = 0


class Sender:
    """Posts messages as long as the block lasts; leaving it cancels what is under way, which then has no outcome."""

    def __init__(
        self,
        *,
        look_up: resolving.LookUp | None = None,
        per_endpoint: int | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        """Make a sender that has not begun.

        :param look_up: from a name to its addresses, called in threads; the system's resolver.
        :param per_endpoint: attempts under way at one endpoint; WEBHOOK_PER_ENDPOINT.
        :param ssl_context: what receivers' certificates are checked against; the system's authorities.
        """
        self._look_up = look_up or resolving.look_up
        self._per_endpoint: int = per_endpoint or settings.WEBHOOK_PER_ENDPOINT
        self._ssl_context = ssl_context
        self._lanes: dict[int, Lane] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._outcomes: queue.SimpleQueue[Tried] = queue.SimpleQueue()
        self._counting = threading.Lock()
        self._under_way = 0
        self._begun: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, name="webhooks-sender", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._loop = self._begun.result()
        return self

    def __exit__(self, *exception: object) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join()

    @property
    def under_way(self) -> int:
        """Return how many messages were given whose outcome has not been returned."""
        return self._under_way

    def send(self, messages: Iterable[Message]) -> None:
        """Have these sent; it returns at once. Any thread may call it."""
        given = list(messages)
        with self._counting:
            self._under_way += len(given)
        self._loop.call_soon_threadsafe(self._take, given)

    def outcomes(self, timeout: float) -> list[Tried]:
        """Return what there is, after waiting for the first at most `timeout` seconds: in the end, for nothing."""
        found: list[Tried] = []
        try:
            found.append(self._outcomes.get(timeout=max(timeout, 0)))
            while True:
                found.append(self._outcomes.get_nowait())
        except queue.Empty:
            pass
        with self._counting:
            self._under_way -= len(found)
        return found

    def _run(self) -> None:
        try:
            asyncio.run(self._live())
        except Exception as error:
            if self._begun.done():
                logger.exception("the sender of webhooks ended")
            else:
                self._begun.set_exception(error)

    async def _live(self) -> None:
        _allow_descriptors()
        self._end = asyncio.Event()
        async with Poster(self._look_up, self._ssl_context) as self._poster:
            self._begun.set_result(asyncio.get_running_loop())
            self._look_for_late_ones()
            await self._end.wait()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _take(self, given: list[Message]) -> None:
        for message in given:
            lane = self._lanes.get(message.endpoint_id)
            if lane is None:
                lane = self._lanes[message.endpoint_id] = Lane()
            lane.waiting.append(message)
            if lane.under_way < self._per_endpoint:
                lane.under_way += 1
                task = self._loop.create_task(self._work(message.endpoint_id, lane))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)

    async def _work(self, endpoint_id: int, lane: Lane) -> None:
        try:
            while lane.waiting:
                self._outcomes.put(await self._tried(lane.waiting.popleft()))
        finally:
            lane.under_way -= 1
            if not lane.under_way and not lane.waiting:
                del self._lanes[endpoint_id]

    async def _tried(self, message: Message) -> Tried:
        at, since = clock.now(), self._loop.time()
        outcome: Outcome
        if at.timestamp() > message.start_by:
            return Tried(message, at, 0, NotBegun())
        try:
            outcome = await self._poster.post(message, int(at.timestamp()))
        except Exception:
            # One attempt that nobody foresaw must not end the others, nor count against its endpoint.
            logger.exception("delivery %s could not be tried", message.delivery_id)
            outcome = OurFault("an unexpected error; the log has it")
        return Tried(message, at, round((self._loop.time() - since) * 1000), outcome)

    def _look_for_late_ones(self) -> None:
        now = clock.now()
        for lane in self._lanes.values():
            while lane.waiting and lane.waiting[0].start_by < now.timestamp():
                self._outcomes.put(Tried(lane.waiting.popleft(), now, 0, NotBegun()))
        asyncio.get_running_loop().call_later(LOOKED_AT, self._look_for_late_ones)


def _allow_descriptors() -> None:
    """Let this process open as many sockets as hundreds of attempts may take; many systems begin with 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = DESCRIPTORS if hard == resource.RLIM_INFINITY else min(DESCRIPTORS, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
