"""A reseller's receiver, over real HTTP on this machine: it keeps what it got, and answers as a test has it answer.

    with Receiver() as receiver:
        receiver.answers = [status(500), hang]  # the next ones, in turn, whatever the path
        receiver.at["/bad"] = drop              # at this path, always
        receiver.otherwise = status(200)        # everything else; 204 where a test says nothing
        receiver.wait_for(3)
        assert receiver.got[0].headers["webhook-id"] == …

An answer is a function of the connection, run in the receiver's thread; nothing in it waits.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Self

from kit import clock
from tests.waiting import wait_until

MB = 1_000_000
END_OF_HEADERS = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Got:
    """A request that came, whole, and when, by the panel's clock. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: datetime


Answer = Callable[["Connection"], None]


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """Answer this: `status(503, b"later", retry_after="7")`."""
    lines = [f"HTTP/1.1 {code} {HTTPStatus(code).phrase}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    written = "\r\n".join(lines).encode() + END_OF_HEADERS + body
    return lambda connection: connection.answer(written)


taken = status(204)
gone = status(410, b"no more of it, please")


def retry_after(value: int | str, code: int = 503) -> Answer:
    """Ask to be tried again after so many seconds, or at an HTTP date."""
    return status(code, retry_after=str(value))


def redirect(to: str, code: int = 302) -> Answer:
    """Send the client elsewhere."""
    return status(code, location=to)


def big(length: int = 10 * MB, code: int = 200) -> Answer:
    """Answer with a body of so many bytes."""
    return status(code, b"x" * length)


def raw(written: bytes) -> Answer:
    """Answer these bytes, HTTP or not, and close."""

    def answer(connection: "Connection") -> None:
        connection.transport.write(written)
        connection.transport.close()

    return answer


def hang(connection: "Connection") -> None:
    """Do not answer before the test says `receiver.release()`."""
    connection.receiver.hold(connection)


def after(seconds: float, answer: Answer = taken) -> Answer:
    """Take so long to answer; meanwhile others are answered."""
    return lambda connection: connection.later(seconds, answer)


def drop(connection: "Connection") -> None:
    """Reset the connection, without a word."""
    connection.transport.abort()


drop_in_the_headers = raw(b"HTTP/1.1 200 OK\r\nContent-Le")


def drip(every: float, code: int = 200) -> Answer:
    """Answer the headers at once and then a byte each so many seconds, for as long as the client listens."""

    def answer(connection: "Connection") -> None:
        connection.transport.write(f"HTTP/1.1 {code} OK\r\nContent-Length: {MB}".encode() + END_OF_HEADERS)
        connection.go_on_writing(b"x", every)

    return answer


def endless(connection: "Connection") -> None:
    """Answer a body that never ends, as fast as the client reads it."""
    connection.transport.write(b"HTTP/1.1 200 OK\r\nConnection: close" + END_OF_HEADERS)
    connection.go_on_writing(b"x" * 65_536, 0)


class Receiver:
    """Listens as long as the block lasts. What it got and how it answers may be read and changed by any thread."""

    def __init__(self, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        self.got: list[Got] = []
        self.answers: list[Answer] = []
        self.at: dict[str, Answer] = {}
        self.otherwise: Answer = taken
        self.connections = 0  # accepted so far, whether or not a request came
        self.open: set[Connection] = set()
        self._held: set[Connection] = set()
        self._socket = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._tls = tls
        self.port: int = self._socket.getsockname()[1]
        self.url = f"http{'s' if tls else ''}://{f'[{host}]' if ':' in host else host}:{self.port}/"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="receiver", daemon=True)

    @property
    def held(self) -> int:
        """Return how many requests hang at this moment, their clients still there."""
        return len(self._held)

    @property
    def unanswered(self) -> int:
        """Return how many requests it has that it has not answered yet, whether they hang or take their time."""
        return sum(each.answering for each in list(self.open))

    def at_path(self, path: str) -> list[Got]:
        """Return what came to this path."""
        return [each for each in self.got if each.path == path]

    def wait_for(self, count: int) -> list[Got]:
        """Return what it got, once there are so many."""
        wait_until(lambda: len(self.got) >= count, f"{count} requests come; {len(self.got)} came")
        return list(self.got)

    def wait_for_held(self, count: int) -> None:
        """Return once so many requests hang."""
        wait_until(lambda: self.held >= count, f"{count} requests hang; {self.held} do")

    def release(self, answer: Answer = taken) -> None:
        """Answer all that hang."""

        def now() -> None:
            held, self._held = self._held, set()
            for connection in held:
                answer(connection)

        self._loop.call_soon_threadsafe(now)

    def hold(self, connection: "Connection") -> None:
        """Keep the connection without an answer."""
        self._held.add(connection)

    def forget(self, connection: "Connection") -> None:
        """Take note that the connection has ended."""
        self.open.discard(connection)
        self._held.discard(connection)

    def take(self, got: Got) -> Answer:
        """Keep what came, and return how to answer it."""
        self.got.append(got)
        if got.path in self.at:
            return self.at[got.path]
        return self.answers.pop(0) if self.answers else self.otherwise

    def __enter__(self) -> Self:
        """Begin to listen. Connections are accepted from the moment the object was made."""
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        """Cut every connection and stop listening."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _run(self) -> None:
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: Connection(self, self._loop), sock=self._socket, ssl=self._tls)
        )
        self._loop.run_forever()
        server.close()
        for connection in list(self.open):
            connection.transport.abort()
        self._loop.run_until_complete(asyncio.sleep(0))  # for the connections to hear of it
        self._loop.close()


class Connection(asyncio.Protocol):
    """One client's connection: requests with a Content-Length, one after the other."""

    transport: asyncio.Transport

    def __init__(self, receiver: Receiver, loop: asyncio.AbstractEventLoop) -> None:
        self.receiver, self._loop = receiver, loop
        self._buffer = b""
        self.answering, self._paused = False, False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take note of a client."""
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.receiver.connections += 1
        self.receiver.open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Take note that it has gone."""
        self.receiver.forget(self)

    def data_received(self, data: bytes) -> None:
        """Answer a request once it is here whole."""
        self._buffer += data
        self._go_on()

    def pause_writing(self) -> None:
        """Wait until the client has read what it was sent."""
        self._paused = True

    def resume_writing(self) -> None:
        """Go on."""
        self._paused = False

    def answer(self, written: bytes) -> None:
        """Send the whole answer, and take the next request."""
        self.transport.write(written)
        self.answering = False
        self._loop.call_soon(self._go_on)

    def later(self, seconds: float, answer: Answer) -> None:
        """Answer so, after so many seconds, if the client is still there."""

        def now() -> None:
            if self in self.receiver.open:
                answer(self)

        self._loop.call_later(seconds, now)

    def go_on_writing(self, written: bytes, every: float) -> None:
        """Send this again and again until the client has gone."""
        if self not in self.receiver.open or self.transport.is_closing():
            return
        if not self._paused:
            self.transport.write(written)
        # A reader that is slower than we are is looked at again a moment later, not in a busy loop.
        self._loop.call_later(every or (0.001 if self._paused else 0), self.go_on_writing, written, every)

    def _go_on(self) -> None:
        if self.answering or END_OF_HEADERS not in self._buffer:
            return
        head, _, rest = self._buffer.partition(END_OF_HEADERS)
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        self._buffer = rest[length:]
        self.answering = True
        method, path, _ = first.split(" ", 2)
        self.receiver.take(Got(method, path, headers, rest[:length], clock.now()))(self)
