"""So many at a time: places in this process that are taken without waiting, and given back once however it ends."""

import threading
from collections.abc import Callable, Iterator


class Places:
    """A number of places."""

    def __init__(self, most: int) -> None:
        self._free = threading.Semaphore(most)

    def take(self) -> Callable[[], None] | None:
        """Return what gives the place back, which may be called twice; None where there is none."""
        if not self._free.acquire(blocking=False):
            return None
        held = threading.Lock()

        def give_back() -> None:
            if held.acquire(blocking=False):
                self._free.release()

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
