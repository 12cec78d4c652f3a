"""A worker and a clock over the tests' database, Redis servers of their own: all can be killed and started again."""

import os
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from django.db import connection
from redis import Redis as Client

from notpanel.embedded import processes, redis
from notpanel.home import Home
from notpanel.programs import KNOWN
from tests.embedded.conftest import runs, wait_until
from tests.embedded.running import ROOT

COMMANDS = {program.name: program.command for program in KNOWN}
LINES_TOLD = 100  # of their log, where something went wrong


class Couriers:
    """The two Redis servers, the worker and the clock, in a home of their own."""

    def __init__(self) -> None:
        self._home = Home(Path(tempfile.mkdtemp(prefix="np-")))
        self._home.prepare()
        self._log = self._home.path / "log"
        self._redis = redis.cache(self._home, print), redis.broker(self._home, print)
        self._programs: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        """Start all of them."""
        for server in self._redis:
            server.start()
        self.start("worker")
        self.start("clock")
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave nothing of them; where something went wrong, say what they said last."""
        for name in list(self._programs):
            self.kill(name)
        for server in self._redis:
            server.stop()
        if any(exception):
            print(processes.tail(self._log, LINES_TOLD))
        self._home.remove_short_folder()
        shutil.rmtree(self._home.path)

    def start(self, name: str) -> None:
        """Start the worker or the clock."""
        with self._log.open("ab") as log:
            self._programs[name] = subprocess.Popen(
                COMMANDS[name], cwd=ROOT, env=self._environment(), stdout=log, stderr=log, start_new_session=True
            )

    def kill(self, name: str) -> None:
        """Kill it with SIGKILL, and every process below it, and come back when they have ended."""
        program = self._programs.pop(name)
        below = processes.descendants(program.pid)
        os.killpg(program.pid, signal.SIGKILL)
        program.wait()
        _wait_for_the_end(below)

    def restart_redis(self) -> None:
        """Kill both Redis servers with SIGKILL and start them again."""
        for server in self._redis:
            assert server.pid
            os.kill(server.pid, signal.SIGKILL)
        for server in self._redis:
            server.stop()
            server.start()

    def end_leases(self) -> None:
        """Let the time pass for which the dead hold leases; Redis measures it by a clock of its own."""
        with Client(unix_socket_path=str(self._home.cache_socket)) as client:
            for lease in client.scan_iter("lease:*"):
                client.delete(lease)

    def _environment(self) -> dict[str, str]:
        database = urlsplit(os.environ["DATABASE_URL"])
        folder = database.path.rpartition("/")[0]
        return os.environ | {
            "DATABASE_URL": database._replace(path=f"{folder}/{connection.settings_dict['NAME']}").geturl(),
            "REDIS_URL": self._home.cache_url,
            "BROKER_URL": self._home.broker_url,
            "PANEL_HOME": str(self._home.path),
            "SWEEP_INTERVAL": "1",
            "WEBHOOK_ALLOW_HTTP": "1",
            "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
        }


def _wait_for_the_end(pids: list[int]) -> None:
    # With their parent gone they are another's children: what can be seen is that they run no more.
    wait_until(lambda: not any(runs(pid) for pid in pids), "every process of the worker ends")
