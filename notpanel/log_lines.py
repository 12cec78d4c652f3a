"""One output for many programs: each line marked with its source, whole, in the order in which it came."""

import contextlib
import io
import os
import selectors
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from notpanel.logs import scrubbed_line

WIDTH = 11
LONGEST = 64 * 1024  # a "line" that is longer is cut here
OURS = "panel"


class LogLines:
    """Reads one named pipe a source and writes its lines to standard output.

    Named, because supervisord opens a program's output by its path and closes every inherited descriptor.
    """

    def __init__(self, folder: Path, sources: tuple[str, ...], *, reader_gone: Callable[[], None]) -> None:
        self._folder, self._sources, self._reader_gone = folder, sources, reader_gone
        self._writing = threading.Lock()
        self._gone = False
        self._halves: dict[str, bytes] = {}
        self._selector = selectors.DefaultSelector()
        self._thread = threading.Thread(target=self._forward, name="log-lines", daemon=True)

    def pipe(self, source: str) -> Path:
        """Return the path a source writes to."""
        return self._folder / f"{source}.log"

    def start(self) -> None:
        """Make the pipes and begin to forward."""
        for source in self._sources:
            self.pipe(source).unlink(missing_ok=True)
            os.mkfifo(self.pipe(source), 0o600)
            # Open for writing as well: the pipe has no end while we live, however often a source restarts.
            end = os.open(self.pipe(source), os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
            self._selector.register(end, selectors.EVENT_READ, source)
        wake, self._wake = os.pipe()
        self._selector.register(wake, selectors.EVENT_READ, None)
        self._thread.start()

    def stop(self) -> None:
        """Forward what is still in the pipes and remove them."""
        if not self._thread.is_alive():
            return
        os.write(self._wake, b".")
        self._thread.join()
        for source, half in self._halves.items():
            self._write_scrubbed(source, [half] if half else [])
        for key in list(self._selector.get_map().values()):
            os.close(key.fd)
        os.close(self._wake)
        self._selector.close()
        for source in self._sources:
            self.pipe(source).unlink(missing_ok=True)

    def say(self, text: str, source: str = OURS) -> None:
        """Write a message of our own, marked like the others."""
        self._write(source, text.encode().splitlines() or [b""])

    def stream(self, source: str) -> "Stream":
        """Return a text stream whose lines are marked with the source."""
        return Stream(self, source)

    def _forward(self) -> None:
        stopping = False
        while True:
            ready = self._selector.select(0 if stopping else None)
            if not ready and stopping:
                return
            for key, _ in ready:
                if key.data is None:
                    stopping = True
                    self._selector.unregister(key.fd)
                    os.close(key.fd)
                else:
                    self._read(key.fd, key.data)

    def _read(self, descriptor: int, source: str) -> None:
        *lines, half = (self._halves.get(source, b"") + os.read(descriptor, LONGEST)).split(b"\n")
        if len(half) > LONGEST:
            lines, half = [*lines, half], b""
        self._halves[source] = half
        self._write_scrubbed(source, lines)

    def _write_scrubbed(self, source: str, lines: list[bytes]) -> None:
        # The programs scrub what they log themselves; a library of theirs may write past that.
        self._write(source, [scrubbed_line(each) for each in lines])

    def _write(self, source: str, lines: list[bytes]) -> None:
        mark = f"{source:<{WIDTH}}| ".encode()
        text = b"".join(mark + line.rstrip(b"\r") + b"\n" for line in lines)
        with self._writing:
            if self._gone:
                return
            try:
                while text:
                    text = text[os.write(sys.stdout.fileno(), text) :]
            except OSError:  # the terminal was closed, or the program we are piped into has ended
                self._gone = True
                self._reader_gone()


class Stream(io.TextIOBase):
    """A text stream over `LogLines.say`: what Django's commands write to."""

    def __init__(self, lines: LogLines, source: str) -> None:
        self._lines, self._source, self._half = lines, source, ""

    def write(self, text: str) -> int:
        """Take text; whole lines go out at once."""
        *lines, self._half = (self._half + text).split("\n")
        for line in lines:
            self._lines.say(line, self._source)
        return len(text)

    def close(self) -> None:
        """Let out what had no line's end."""
        if self._half:
            self._lines.say(self._half, self._source)
        with contextlib.suppress(ValueError):
            super().close()
