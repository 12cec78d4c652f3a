"""A Redis of one's own: a real server on a socket, to be frozen, killed and started again."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from kit.redis import Breaker
from notpanel.embedded.redis import Redis
from tests.waiting import wait_until


class OwnRedis(Redis):
    """The embedded server, with what a test does to it."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.said: list[str] = []
        super().__init__(
            "Redis (a test's)", folder, folder / "redis.sock", folder / "redis.log", settings, self.said.append
        )

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    def freeze(self) -> None:
        """Have it answer nothing while its connections stand."""
        self._send(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        self._send(signal.SIGCONT)

    def kill(self) -> None:
        """End it without a word."""
        self._send(signal.SIGKILL)
        assert self._process
        self._process.wait()

    def _send(self, number: int) -> None:
        assert self.pid
        os.kill(self.pid, number)


@pytest.fixture
def own_redis() -> Iterator[OwnRedis]:
    """Return a running Redis that nothing else uses."""
    folder = Path(tempfile.mkdtemp(prefix="np-"))  # pytest's own folders are too long for a socket's path
    server = OwnRedis(folder)
    server.start()
    yield server
    if server.pid:
        server.thaw()
    server.stop()
    shutil.rmtree(folder)


@pytest.fixture
def breaker(own_redis: OwnRedis) -> Iterator[Breaker]:
    """Return a breaker before a server of its own."""
    breaker = Breaker(own_redis.url)
    yield breaker
    if not own_redis.pid:
        own_redis.start()
    own_redis.thaw()
    wait_until(lambda: breaker.up, "the breaker closes at the end")
    breaker.client.close()
