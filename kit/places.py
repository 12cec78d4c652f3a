"""So many at a time, and one for each: places in this process, taken without waiting and given back however it ends."""

import threading
from collections.abc import Callable, Hashable, Iterator


class Places:
    """A number of places, of which nobody holds two."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._holders: set[Hashable] = set()
        self._lock = threading.Lock()

    def take(self, who: Hashable) -> Callable[[], None] | None:
        """Return what gives the place back, which may be called twice; None where there is none for this one now."""
        with self._lock:
            if who in self._holders or len(self._holders) >= self._most:
                return None
            self._holders.add(who)
        held = threading.Lock()

        def give_back() -> None:
            if held.acquire(blocking=False):
                with self._lock:
                    self._holders.discard(who)

        return give_back


class Holding:
    """A stream that gives its place back when it ends, is closed, or is forgotten without having begun."""

    def __init__(self, stream: Iterator[bytes], give_back: Callable[[], None]) -> None:
        self._stream, self._give_back = stream, give_back

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        """Return the next piece."""
        try:
            return next(self._stream)
        except BaseException:
            self._give_back()
            raise

    def close(self) -> None:
        """End it before its end."""
        self._give_back()
        getattr(self._stream, "close", lambda: None)()

    __del__ = close
