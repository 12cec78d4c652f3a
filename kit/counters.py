"""Counting requests in this process's own memory, for as long as Redis cannot."""

import threading

from kit import clock

WINDOW_MS = 60_000
MOST_COUNTERS = 100_000  # a storm from many addresses is not to fill the memory


class Counters:
    """Fixed windows of 60 s from their first counted request, as api_v2/admission.lua keeps them in Redis."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, int]] = {}

    def peek(self, name: str) -> tuple[int, int]:
        """Return how much is used, and until when the window lasts (milliseconds)."""
        now = clock.milliseconds()
        used, reset = self._windows.get(name, (0, 0))
        return (used, reset) if reset > now else (0, now + WINDOW_MS)

    def spend(self, name: str, limit: int) -> tuple[bool, int, int]:
        """Count one request if the limit (0: none) allows it; return whether it did, used, and reset."""
        with self._lock:
            used, reset = self.peek(name)
            if limit and used >= limit:
                return False, used, reset
            if len(self._windows) >= MOST_COUNTERS:
                self._forget_the_ended()
            self._windows[name] = (used + 1, reset)
            return True, used + 1, reset

    def _forget_the_ended(self) -> None:
        now = clock.milliseconds()
        self._windows = {name: window for name, window in self._windows.items() if window[1] > now}
        if len(self._windows) >= MOST_COUNTERS:
            self._windows.clear()
