"""The panel's own PostgreSQL and Redis, for whoever has not set up any."""

import contextlib
from collections.abc import Callable

from notpanel.embedded import processes, redis
from notpanel.embedded.postgres import PostgreSQL
from notpanel.embedded.processes import ServiceError
from notpanel.home import Home
from notpanel.secret_keys import Secrets

__all__ = ["ServiceError", "Services"]


class Services:
    """PostgreSQL and the two Redis servers of one home, whose lock the caller holds."""

    def __init__(self, home: Home, secrets: Secrets, *, say: Callable[[str], None], durable: bool = True) -> None:
        self._say = say
        self._home = home
        self._servers = (
            PostgreSQL(home, secrets, say, durable=durable),
            redis.cache(home, say),
            redis.broker(home, say),
        )

    def start(self) -> None:
        """Start all of them and come back when each answers; after a failure none is left running.

        :raises ServiceError: for the first that cannot be started.
        """
        if not self._home.sockets_inside:
            self._say(f"The path of {self._home.path} is too long for sockets; they are in {self._home.run}")
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)
            for server in self._servers:
                server.start()
            undo.pop_all()

    def stop(self) -> None:
        """Stop all of them, the last started first."""
        for server in reversed(self._servers):
            server.stop()
        self._home.remove_short_folder()

    def start_again_what_died(self) -> None:
        """Start again each server whose process has ended, and keep the logs within bounds.

        :raises ServiceError: for one that does not come up again.
        """
        for server in self._servers:
            processes.bound_log(server.log)
            if server.pid is None:
                self._say(f"{server.name} has ended; starting it again")
                server.start()

    def pids(self) -> dict[str, int | None]:
        """Return the process of each server by its name."""
        return {server.name: server.pid for server in self._servers}
