"""One exchange with a provider: a fresh connection, one POST, one answer, a limit on all of it together."""

import http.client
import io
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import quote, urlencode, urlsplit

from providers.connecting import Deadline, NotConnected, connect, tls_context

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

CONNECT_SECONDS = 5.0
USER_AGENT = "NotPanel"

__all__ = ["Answer", "NoAnswer", "NotConnected", "post"]


@dataclass(frozen=True)
class Answer:
    """What came back, whatever its status: redirects are not followed."""

    status: int
    body: bytes


class NoAnswer(Exception):
    """The request went out, wholly or in part, and no whole answer came back; `body` is what did."""

    def __init__(self, why: str, body: bytes = b"") -> None:
        super().__init__(why)
        self.body = body


def post(url: str, form: Mapping[str, str], *, timeout: float, limit: int) -> Answer:
    """Return the answer to one form-encoded POST, of at most `limit` bytes, within `timeout` seconds in all.

    :raises NotConnected: where nothing was sent.
    :raises NoAnswer: where something was sent and no whole answer came.
    """
    parts = urlsplit(url)
    tls = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if tls else 80)
    deadline = Deadline(timeout)
    sock = connect(host, port, tls=tls, seconds=min(CONNECT_SECONDS, timeout))
    try:
        return _exchange(_prepared(sock, host, port, deadline), _target(url), form, limit)
    except TimeoutError:
        raise NoAnswer(f"no whole answer within {timeout:g} s") from None
    except http.client.IncompleteRead as error:
        raise NoAnswer("the connection ended in the middle of the answer", error.partial) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise NoAnswer(f"the connection failed after sending: {error or type(error).__name__}") from None
    finally:
        sock.close()


def _target(url: str) -> str:
    parts = urlsplit(url)
    path = quote(parts.path or "/", safe="/%:@!$&'()*+,;=~")
    return f"{path}?{quote(parts.query, safe='/%:@!$&()*+,;=?~')}" if parts.query else path


def _prepared(sock: socket.socket, host: str, port: int, deadline: Deadline) -> http.client.HTTPConnection:
    """Return http.client's connection over an open socket, so that sending is a step of its own."""
    connection = (
        http.client.HTTPSConnection(host, port, context=tls_context())
        if isinstance(sock, ssl.SSLSocket)
        else http.client.HTTPConnection(host, port)
    )
    connection.sock = cast(socket.socket, _Line(sock, deadline))
    connection.auto_open = 0  # should the line break, nothing may quietly send the order a second time
    return connection


def _exchange(connection: http.client.HTTPConnection, target: str, form: Mapping[str, str], limit: int) -> Answer:
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
        "User-Agent": USER_AGENT,
        "Connection": "close",
    }
    connection.request("POST", target, urlencode(form, errors="replace").encode(), headers)
    response = connection.getresponse()
    body = response.read(limit + 1)
    if len(body) > limit:
        raise NoAnswer(f"the answer is longer than {limit:,} bytes", body[:limit])
    if response.length:  # read(n) keeps silent about a Content-Length that was not kept
        raise http.client.IncompleteRead(body, response.length)
    return Answer(response.status, body)


class _Line:
    """A socket as http.client uses one, on which every wait ends at the same moment."""

    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def sendall(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            self._sock.settimeout(self._deadline.left())
            rest = rest[self._sock.send(rest) :]

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Received(self._sock, self._deadline), 65_536)

    def close(self) -> None:
        """Leave the socket to `post`: http.client closes its end before the answer has been read."""


class _Received(io.RawIOBase):
    def __init__(self, sock: socket.socket, deadline: Deadline) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        self._sock.settimeout(self._deadline.left())
        return self._sock.recv_into(buffer)
