"""Celery in processes of its own, and the CPU they have used."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from notpanel.embedded import processes

PROCESSES = 4  # as WORKER_PROCESSES has it
TICKS = os.sysconf("SC_CLK_TCK")


class Worker:
    """A program of Celery's that runs."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def everything(self) -> list[int]:
        """Return its processes."""
        return [self.pid, *processes.descendants(self.pid)]

    def cpu_seconds(self) -> float:
        """Return what they have used so far."""
        return sum(_cpu_ticks(pid) for pid in self.everything()) / TICKS


def worker(app: str) -> AbstractContextManager[Worker]:
    """Run a worker of this Celery application, as the panel runs its own."""
    pool = ("--pool", "prefork", "--concurrency", str(PROCESSES), "--without-mingle", "--without-gossip")
    return _running(app, "worker", *pool)


def ticking() -> AbstractContextManager[Worker]:
    """Run the panel's clock."""
    return _running("notpanel", "beat", "--pidfile", "")


@contextmanager
def _running(app: str, *command: str) -> Iterator[Worker]:
    celery = (sys.executable, "-W", "ignore", "-m", "celery", "--app", app, "--quiet")
    process = subprocess.Popen(  # noqa: S603 -- our own command
        [*celery, *command, "--loglevel", "ERROR"], cwd=Path(__file__).resolve().parent.parent
    )
    running = Worker(process.pid)
    try:
        yield running
    finally:
        for pid in running.everything():  # whatever hangs in it is not waited for
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()


def _cpu_ticks(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return int(stat[11]) + int(stat[12])
