"""A worker process that is killed with SIGKILL at whichever moment of its work a test names.

Run as a program of its own (`python -m tests.resilience.mortal DATABASE`), it forks a worker for each line of JSON
it reads and prints how that one ended. The worker's work is the panel's own; only the moments are marked here:
before each statement, around each commit, and around each step of the call to the provider.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn

DIED = -signal.SIGKILL


@dataclass(frozen=True)
class End:
    """How a worker ended: 0, or minus the signal; and the moments it lived through, the last one its death's."""

    status: int
    moments: list[str]

    @property
    def died(self) -> bool:
        return self.status == DIED


class Workers:
    """The program, from the side of the test."""

    def __init__(self, database: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.resilience.mortal", database],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, work: str, **given: Any) -> None:
        """Have a worker begin: `die_at="before commit 2"`, and what the work itself needs."""
        assert self._process.stdin
        print(json.dumps({"work": work, **given}), file=self._process.stdin, flush=True)

    def end(self) -> End:
        """Wait for the worker that was started, and return how it ended."""
        assert self._process.stdout
        return End(**json.loads(self._process.stdout.readline()))

    def run(self, work: str, **given: Any) -> End:
        """Start a worker and wait for its end."""
        self.start(work, **given)
        return self.end()

    def kill(self) -> None:
        """Kill the worker at work, from outside."""
        assert self._process.stdout
        # Its first line while it works says who it is.
        os.kill(int(self._process.stdout.readline()), signal.SIGKILL)

    def close(self) -> None:
        """End the program."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()


class Moments:
    """The moments of one worker's life, each written down before it passes, so that it outlives the worker."""

    def __init__(self, written_to: int, die_at: str | None) -> None:
        self._written_to, self._die_at = written_to, die_at
        self._counts: dict[str, int] = {}
        self._lock = threading.Lock()

    def __call__(self, name: str) -> None:
        """Pass the moment, or die in it. Each is numbered among those of its name."""
        with self._lock:
            self._counts[name] = number = self._counts.get(name, 0) + 1
            moment = f"{name} {number}"
            os.write(self._written_to, f"{moment}\n".encode())
            if moment == self._die_at:
                os.kill(os.getpid(), signal.SIGKILL)


def mark(pass_moment: Moments) -> None:
    """Mark the moments in this process, before and after each of these functions of the panel's."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    import providers.client
    import providers.transport
    from orders.operations import buying
    from orders.pump import Run

    def around(owner: Any, function: str, name: str) -> None:
        original = getattr(owner, function)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            pass_moment(f"before {name}")
            result = original(*args, **kwargs)
            pass_moment(f"after {name}")
            return result

        setattr(owner, function, wrapped)

    around(BaseDatabaseWrapper, "_commit", "commit")
    around(providers.client, "post", "call")
    around(providers.transport, "connect", "connecting")
    around(providers.transport._Line, "sendall", "sending")
    around(buying, "_record", "writing the outcome")
    around(Run, "_finish", "finishing")


@contextmanager
def statements_marked(pass_moment: Moments) -> Iterator[None]:
    """Pass a moment before each SQL statement."""
    from django.db import connection

    def run(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        pass_moment("before statement")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(run):
        yield


def work(told: dict[str, Any], pass_moment: Moments) -> None:
    """Do the work, in the forked process."""
    import orders.operations
    import orders.tasks

    mark(pass_moment)
    with statements_marked(pass_moment):
        match told["work"]:
            case "buy":
                orders.tasks.buy_due()
            case "resend":
                orders.tasks.resend_due()
            case "follow":
                orders.tasks.follow_due()
            case "place":
                orders.operations.place(**told["order"])


def live(told: dict[str, Any], pass_moment: Moments) -> NoReturn:
    """Do the work and end, whatever comes of it: what follows belongs to the process that forked."""
    status = 1
    try:
        work(told, pass_moment)
        status = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(status)


def fork(told: dict[str, Any]) -> End:
    """Let a child do the work and return how it ended."""
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read_end)
        live(told, Moments(write_end, told.get("die_at")))
    os.close(write_end)
    if told.get("to_be_killed"):
        print(child, flush=True)
    with os.fdopen(read_end) as lines:
        moments = lines.read().splitlines()
    _, status = os.waitpid(child, 0)
    return End(os.waitstatus_to_exitcode(status), moments)


def main() -> None:
    """Fork a worker for each line read."""
    import django
    from django.db import connections

    django.setup()
    connections["default"].settings_dict["NAME"] = sys.argv[1]
    for line in sys.stdin:
        end = fork(json.loads(line))
        print(json.dumps({"status": end.status, "moments": end.moments}), flush=True)


if __name__ == "__main__":
    main()
