"""Rings a bell after a commit: "there is work in the table", by a Celery task's name.

Rows are the queue, so a bell may be lost: a periodic sweep finds the row. That is why ringing is done by a
thread of its own, which a dead or frozen broker can hold up without anyone waiting, and why many bells of one
name within a moment are one.
"""

import contextlib
import logging
import os
import threading

from celery import current_app
from django.db import transaction
from kombu import Connection

logger = logging.getLogger(__name__)

MOMENT = 0.05  # seconds over which bells of one name are one
SEND_WITHIN = 0.2  # seconds to connect to the broker, and to hear it answer


def nudge(task: str) -> None:
    """Have the task of this name run soon, once the current transaction has committed. Never raises or waits."""

    def ring() -> None:
        _ringer().ring(task)

    transaction.on_commit(ring, robust=True)


class Ringer(threading.Thread):
    """Sends the bells of one process, over one connection for as long as it holds."""

    def __init__(self) -> None:
        super().__init__(name="nudge", daemon=True)
        self.pid = os.getpid()
        self._waiting: set[str] = set()
        self._changed = threading.Condition()
        self._connection: Connection | None = None

    def ring(self, task: str) -> None:
        """Have the bell sent by the thread."""
        with self._changed:
            self._waiting.add(task)
            self._changed.notify()

    def run(self) -> None:
        """Send bells for as long as the process lives."""
        pause = threading.Event()
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                tasks, self._waiting = self._waiting, set()
            for task in tasks:
                self.send(task)
            pause.wait(MOMENT)

    def send(self, task: str) -> bool:
        """Put one message for the task on the broker; return whether it got there."""
        try:
            self._connection = self._connection or connect()
            current_app.send_task(task, connection=self._connection, retry=False, ignore_result=True)
        except Exception as error:
            logger.warning("could not nudge %s: %s. The sweep will find the work.", task, error)
            self._forget_connection()
            return False
        return True

    def _forget_connection(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(Exception):  # it is broken: there is nothing to be told by closing it
                connection.release()


def connect() -> Connection:
    """Return a connection to the broker that gives up after SEND_WITHIN seconds."""
    limits = {"socket_timeout": SEND_WITHIN, "socket_connect_timeout": SEND_WITHIN}
    return current_app.connection_for_write(transport_options=limits)


_current: Ringer | None = None
_making = threading.Lock()


def _ringer() -> Ringer:
    global _current  # noqa: PLW0603 -- one thread a process, made after any fork
    with _making:
        if _current is None or _current.pid != os.getpid():
            _current = Ringer()
            _current.start()
        return _current
