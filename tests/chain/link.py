"""A link between two panels: an HTTP proxy on 127.0.0.1 that breaks calls by a seeded schedule and keeps count."""

import contextlib
import itertools
import random
import socket
import struct
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qsl, urlsplit

UPSTREAM_SECONDS = 30
HOLD_SECONDS = 30  # a caller that has not given up by then never does
CLOSED_SECONDS = 0.3
HTML = b"<html><body><h1>Internal Server Error</h1></body></html>"
BROKEN = (
    b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n" % len(HTML) + HTML
)


class Fate(StrEnum):
    """What becomes of a call."""

    PASSED = "passed on"
    HELD = "passed on, its answer held until the caller gave up"
    RESET_AFTER = "passed on, then reset"
    BROKEN_AFTER = "passed on, then a web page with 500"
    BROKEN_BEFORE = "a web page with 500, not passed on"
    RESET_BEFORE = "reset, not passed on"
    CLOSED_AFTER = "passed on; the next callers are refused"


REACHED = frozenset(Fate) - {Fate.BROKEN_BEFORE, Fate.RESET_BEFORE}  # the other side has had the call
UNANSWERED = frozenset(Fate) - {Fate.PASSED, Fate.CLOSED_AFTER}
ADDS = tuple(Fate)
OTHERS = (Fate.BROKEN_BEFORE, Fate.RESET_AFTER)


def schedule(seed: str, faults: tuple[Fate, ...], of: int) -> Iterator[Fate]:
    """Yield fates for ever: of each so many calls every fault strikes once, in an order that the seed decides."""
    draw, deck = random.Random(seed), [*faults, *[Fate.PASSED] * (of - len(faults))]
    while True:
        yield from draw.sample(deck, len(deck))


@dataclass(frozen=True)
class Call:
    """One call as it came in, and what became of it."""

    form: dict[str, str]
    fate: Fate


@dataclass
class Link:
    """Stands for `target` at an address of its own, `url`, while the block runs.

    :param adds: every how many `add` calls each fault strikes once.
    :param faulty: while it is not, every call is passed on and none is counted.
    """

    target: str
    seed: str
    add_faults: tuple[Fate, ...] = ADDS
    adds: int = 24
    other_faults: tuple[Fate, ...] = OTHERS
    others: int = 24
    faulty: bool = True
    calls: list[Call] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._fates = {
            True: schedule(f"{self.seed}: add", self.add_faults, self.adds),
            False: schedule(self.seed, self.other_faults, self.others),
        }
        self._lock = threading.Lock()
        self._listener = _bound(0)
        self._port: int = self._listener.getsockname()[1]
        self._ended = False
        self._server = threading.Thread(target=self._serve, name=f"link {self._port}", daemon=True)
        self.url = urlsplit(self.target)._replace(netloc=f"127.0.0.1:{self._port}").geturl()

    def __enter__(self) -> Self:
        self._listener.listen(128)
        self._server.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended = True
        self._close()
        self._server.join()

    def counts(self) -> Counter[tuple[str, Fate]]:
        """Return how many calls of each action came to each fate."""
        with self._lock:
            return Counter((call.form.get("action", ""), call.fate) for call in self.calls)

    def added(self) -> dict[str, list[Call]]:
        """Return the `add` calls by what they were for: the order's own link."""
        with self._lock:
            adds = sorted((call for call in self.calls if "link" in call.form), key=lambda call: call.form["link"])
        return {name: list(calls) for name, calls in itertools.groupby(adds, lambda call: call.form["link"])}

    def _serve(self) -> None:
        while not self._ended:
            try:
                caller, _ = self._listener.accept()
            except OSError:  # closed: for a while, or for good
                self._listener.close()
                if not self._ended:
                    self._listener = _bound(self._port)  # it does not listen: the port is ours, callers are refused
                    time.sleep(CLOSED_SECONDS)
                    self._listener.listen(128)
                continue
            threading.Thread(target=self._answer, args=(caller,), daemon=True).start()
        self._listener.close()

    def _close(self) -> None:
        """Wake the thread that waits for callers; where it waits for none, the link is closed already."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)

    def _answer(self, caller: socket.socket) -> None:
        with caller, contextlib.suppress(OSError):
            caller.settimeout(UPSTREAM_SECONDS)
            request, form = _read(caller)
            if not request:
                return
            fate = self._fate(form)
            answer = self._passed_on(request) if fate in REACHED else b""
            if fate is Fate.CLOSED_AFTER:
                self._close()
            if fate is Fate.HELD:
                caller.settimeout(HOLD_SECONDS)
                caller.recv(1)
            elif fate in {Fate.RESET_AFTER, Fate.RESET_BEFORE}:
                caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            else:
                caller.sendall(BROKEN if fate in UNANSWERED else answer)

    def _fate(self, form: dict[str, str]) -> Fate:
        if not self.faulty:
            return Fate.PASSED
        with self._lock:
            fate = next(self._fates[form.get("action") == "add"])
            self.calls.append(Call(form, fate))
        return fate

    def _passed_on(self, request: bytes) -> bytes:
        parts = urlsplit(self.target)
        with socket.create_connection((parts.hostname or "", parts.port or 80), UPSTREAM_SECONDS) as upstream:
            upstream.sendall(request)
            return b"".join(iter(lambda: upstream.recv(65_536), b""))


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


def _read(caller: socket.socket) -> tuple[bytes, dict[str, str]]:
    """Return one whole request that asks for the connection to be closed after it, and its form."""
    head, body = b"", b""
    while b"\r\n\r\n" not in head:
        if not (more := caller.recv(65_536)):
            return b"", {}
        head += more
    head, _, body = head.partition(b"\r\n\r\n")
    fields = dict(line.lower().split(b":", 1) for line in head.split(b"\r\n")[1:])
    assert fields[b"connection"].strip() == b"close", head
    while len(body) < int(fields.get(b"content-length", b"0")):
        body += caller.recv(65_536)
    return head + b"\r\n\r\n" + body, dict(parse_qsl(body.decode()))
