"""The cache's Redis behind a breaker: quick while it answers, and out of the way at once when it does not."""

import logging
import threading
from collections.abc import Callable
from typing import Any, TypeVar

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)
T = TypeVar("T")
Write = Callable[[redis.Redis], object]

ANSWER_WITHIN = 0.25  # seconds; an answer takes 0.05 ms, so this is a Redis that is frozen, not one that is busy
ASK_AGAIN_AFTER = 0.5
MOST_OWED = 10_000  # names; a long outage is not to fill the memory
# What a server says that answers and takes no writes: it is full, a replica, or cannot save to its disk.
NO_WRITES = ("OOM ", "READONLY ", "MISCONF ", "NOREPLICAS ", "MASTERDOWN ")


class CacheDown(Exception):
    """The cache's Redis does not answer. Callers go on without it."""


class Breaker:
    """One Redis client that is not asked while it is known to be down.

    The first call that fails opens the breaker. A thread of its own then knocks until Redis answers, so that no
    request but the first ever waits for a frozen server.
    """

    def __init__(self, url: str) -> None:
        self.client = redis.Redis.from_url(
            url,
            socket_timeout=ANSWER_WITHIN,
            socket_connect_timeout=ANSWER_WITHIN,
            retry=Retry(NoBackoff(), 0),
            max_connections=256,
        )
        self._down = threading.Event()
        self._lock = threading.Lock()
        self._owed: dict[str, tuple[int, Write]] = {}

    @property
    def up(self) -> bool:
        """Return whether the last that was heard of Redis was good."""
        return not self._down.is_set()

    def call(self, ask: Callable[[], T]) -> T:
        """Return what `ask` gets out of Redis.

        :raises CacheDown: where Redis is down, or goes down over this.
        """
        if self._down.is_set():
            raise CacheDown("Redis is not answering")
        try:
            return ask()
        except (redis.ConnectionError, redis.TimeoutError, redis.exceptions.BusyLoadingError) as error:
            self._open(error, ask_again_after=0)
            raise CacheDown(str(error)) from error
        except redis.ResponseError as error:
            if not _takes_no_writes(error):
                raise
            self._open(error, ask_again_after=ASK_AGAIN_AFTER)  # it answers a ping all the while
            raise CacheDown(str(error)) from error

    def owe(self, name: str, version: int, write: Write) -> None:
        """Have a write that could not be made now made before Redis is asked anything again.

        Of writes of one name only the newest version is made.
        """
        with self._lock:
            known = self._owed.get(name)
            if (known is None and len(self._owed) < MOST_OWED) or (known is not None and known[0] <= version):
                self._owed[name] = (version, write)
        if self.up:
            self._pay_quietly()

    def _pay(self) -> None:
        while (owed := self._next_owed()) is not None:
            name, (version, write) = owed
            try:
                write(self.client)
            except Exception as error:
                if _is_for_later(error):
                    raise
                # It would fail each time, and keep those behind it and Redis itself away for ever.
                logger.exception("Redis (cache) does not take %s, which is dropped", name)
            with self._lock:
                if self._owed.get(name, (None,))[0] == version:
                    del self._owed[name]

    def _next_owed(self) -> tuple[str, tuple[int, Write]] | None:
        with self._lock:  # others pay at the same time
            return next(iter(self._owed.items()), None)

    def _pay_quietly(self) -> None:
        try:
            self._pay()
        except redis.RedisError as error:
            logger.debug("Redis (cache) is still owed %d writes: %s", len(self._owed), error)

    def _open(self, error: Exception, ask_again_after: float) -> None:
        with self._lock:
            if self._down.is_set():
                return
            self._down.set()
        logger.warning("Redis (cache) is not answering: %s. Going on without it.", error)
        threading.Thread(target=self._knock, args=[ask_again_after], name="redis-knock", daemon=True).start()

    def _knock(self, after: float) -> None:
        pause = threading.Event()
        pause.wait(after)
        while not self._is_back():
            pause.wait(ASK_AGAIN_AFTER)
        self._down.clear()
        self._pay_quietly()  # what came to be owed in between
        logger.warning("Redis (cache) is answering again.")

    def _is_back(self) -> bool:
        try:
            # Connections from before a restart are dead: one that is reused would open the breaker again.
            self.client.connection_pool.disconnect(inuse_connections=False)
            self.client.ping()
            self._pay()
        except redis.RedisError:
            return False
        except Exception:
            logger.exception("asking whether Redis (cache) answers again")  # nobody else would ever ask
            return False
        return True


def _is_for_later(error: Exception) -> bool:
    if isinstance(error, redis.ResponseError):
        return _takes_no_writes(error)
    return isinstance(error, redis.ConnectionError | redis.TimeoutError)


def _takes_no_writes(error: redis.ResponseError) -> bool:
    known = isinstance(error, redis.exceptions.OutOfMemoryError | redis.exceptions.ReadOnlyError)
    return known or any(word in str(error) for word in NO_WRITES)


_breaker: Breaker | None = None
_making = threading.Lock()


def cache() -> Breaker:
    """Return this process's one way to the cache's Redis."""
    global _breaker  # noqa: PLW0603 -- made late, so that settings are read and a fork has happened
    with _making:
        if _breaker is None:
            _breaker = Breaker(settings.REDIS_URL)
        return _breaker


class Script:
    """A Lua script that runs on the cache's Redis in one round trip."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._registered: tuple[Breaker, Any] | None = None

    def __call__(self, keys: list[str], args: list[Any]) -> Any:
        """Run the script.

        :raises CacheDown: where Redis does not answer.
        """
        breaker = cache()
        if self._registered is None or self._registered[0] is not breaker:
            self._registered = (breaker, breaker.client.register_script(self.source))
        script = self._registered[1]
        return breaker.call(lambda: script(keys=keys, args=args))

    def on(self, client: redis.Redis, keys: list[str], args: list[Any]) -> Any:
        """Run the script on this client, whatever is thought of its Redis."""
        return client.register_script(self.source)(keys=keys, args=args)
