"""Waiting for what happens in other threads and processes: by looking again, never by sleeping long enough."""

import threading
import time
from collections.abc import Callable

PATIENCE = 60.0


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Look again and again until the condition holds."""
    deadline, pause = time.monotonic() + PATIENCE, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s: {what}"
        pause.wait(0.01)
