"""Hostile bytes on a real connection to a real server: no 5xx, JSON wherever HTTP was understood, and no order."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import orjson
import pytest
from django.conf import settings as panel
from django.db import connection

from orders.models import Order
from tests.api_v2.conftest import LINK

pytestmark = pytest.mark.django_db(transaction=True)

READY_SECONDS = 60
ANSWER_SECONDS = 20


class Server:
    """The web server as `make up` starts it, of one process, on a port of its own."""

    def __init__(self, port: int, process: "subprocess.Popen[bytes]") -> None:
        self.port, self.process = port, process

    def exchange(self, sent: bytes, *, hang_up: bool = False) -> bytes:
        """Send the bytes and return what came until the server closed; `hang_up` ends our half first."""
        received = b""
        with socket.create_connection(("127.0.0.1", self.port), timeout=ANSWER_SECONDS) as line:
            with contextlib.suppress(OSError):  # refused before it was all sent: what came before can still be read
                line.sendall(sent)
                if hang_up:
                    line.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                while part := line.recv(65536):
                    received += part
        return received


@pytest.fixture(scope="module")
def server(django_db_setup, tmp_path_factory) -> Iterator[Server]:
    """Start it once for the file's tests: it keeps nothing of one for the next but connections."""
    log_file = tmp_path_factory.mktemp("server") / "web.log"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    base = panel.DATABASE_URL.rpartition("/")[0]
    environ = os.environ | {
        "DATABASE_URL": f"{base}/{connection.settings_dict['NAME']}",
        "REDIS_URL": panel.REDIS_URL,
        "NOTPANEL_DIE_WITH_PARENT": "1",
    }
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1", "--blocking-threads", "4", "--no-ws", "--log-level", "warning"]
    with log_file.open("wb") as log:
        process = subprocess.Popen([*command, "notpanel.wsgi:application"], env=environ, stdout=log, stderr=log)
        try:
            running = Server(port, process)
            _wait_for(running, log_file)
            yield running
        finally:
            process.terminate()
            process.wait(30)


def _wait_for(server: Server, log) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if server.exchange(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"):
                return
        except ConnectionRefusedError:
            pass
        assert server.process.poll() is None, log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


def request(body: bytes = b"", *headers: bytes, line: bytes = b"POST /api/v2 HTTP/1.1") -> bytes:
    head = [line, b"Host: localhost", b"Connection: close", b"Content-Type: application/x-www-form-urlencoded"]
    return b"\r\n".join([*head, *headers, b"", b""]) + body


def sized(body: bytes, *headers: bytes) -> bytes:
    return request(body, b"Content-Length: %d" % len(body), *headers)


# The server would wait for more of these.
CUT_SHORT = {
    "nothing",
    "a newline",
    "half a request line",
    "the start of TLS",
    "the start of HTTP/2",
    "a body cut short",
    "a body cut before its first byte",
    "chunks cut short",
    "chunks without an end",
}
CHUNKED = b"Transfer-Encoding: chunked"


def hostile(form: bytes) -> dict[str, bytes]:
    """By name, what is sent; `form` would place an order if it arrived whole."""
    cut = form[:-1]
    return {
        "nothing": b"",
        "a newline": b"\r\n\r\n",
        "noise": bytes(range(256)) * 4,
        "the start of TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
        "the start of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "half a request line": b"POST /api/v2 HT",
        "a version there is not": request(line=b"POST /api/v2 HTTP/9.9"),
        "a method of noise": request(line=b"\xff\x00 /api/v2 HTTP/1.1"),
        "a path with a NUL": request(line=b"POST /api/v2/\x00 HTTP/1.1"),
        "a path with an escaped NUL": request(line=b"POST /api/v2/%00%ff HTTP/1.1"),
        "a whole address as the path": sized(b"a=1").replace(b" /api/v2 ", b" http://evil.example/api/v2 "),
        "no host": sized(b"a=1").replace(b"Host: localhost\r\n", b""),
        "two hosts": sized(b"a=1", b"Host: evil.example"),
        "a host that is no text": sized(b"a=1").replace(b"localhost", b"\xff\xfe"),
        "a body cut short": request(cut, b"Content-Length: %d" % len(form)),
        "a body cut before its first byte": request(b"", b"Content-Length: %d" % len(form)),
        "a length of 30 digits": request(form, b"Content-Length: " + b"9" * 30),
        "a length below zero": request(form, b"Content-Length: -5"),
        "a length with a plus": request(form, b"Content-Length: +%d" % len(form)),
        "two lengths": request(form, b"Content-Length: 5", b"Content-Length: 6"),
        "a length in words": request(form, b"Content-Length: many"),
        "chunks cut short": request(b"%x\r\n%s" % (len(form), cut), CHUNKED),
        "chunks without an end": request(b"%x\r\n%s\r\n" % (len(cut), cut), CHUNKED),
        "chunks in words": request(b"zz\r\n%s\r\n0\r\n\r\n" % form, CHUNKED),
        "chunks with a broken second": request(b"%x\r\n%s\r\nzz\r\nabc\r\n0\r\n\r\n" % (len(cut), cut), CHUNKED),
        "a chunk of a huge length": request(b"ffffffffffffffffffff\r\n" + form, CHUNKED),
        "whole chunks": request(b"%x\r\n%s\r\n0\r\n\r\n" % (len(form), form), CHUNKED),
        "chunks over a megabyte": request(b"10000\r\n%s\r\n" % (b"a" * 65536) * 20 + b"0\r\n\r\n", CHUNKED),
        "chunks and a length": request(b"3\r\nabc\r\n0\r\n\r\n", CHUNKED, b"Content-Length: 3"),
        "an encoding there is not": request(form, b"Transfer-Encoding: nonsense", b"Content-Length: %d" % len(cut)),
        "10 MB": sized(b"a" * 10_000_000),
        "10 MB that are not sent": request(b"a", b"Content-Length: 10000000"),
        "a header of a megabyte": sized(b"a=1", b"X-Long: " + b"a" * 1_000_000),
        "ten thousand headers": sized(b"a=1", *[b"X-%d: 1" % number for number in range(10_000)]),
        "a header that is no text": sized(b"a=1", b"X-Noise: \xff\xfe", b"User-Agent: \xff"),
        "a header with a NUL": sized(b"a=1", b"X-Nul: \x00"),
        "a header without a name": sized(b"a=1", b": nothing"),
        "a folded header": sized(b"a=1", b"X-Fold: a\r\n b"),
        "a type that is no text": request(b"a=1", b"Content-Length: 3").replace(b"application/x-www", b"\xff/\xfe"),
        "an upgrade": sized(b"a=1", b"Upgrade: websocket", b"Connection: upgrade"),
        "expecting what is not": sized(b"a=1", b"Expect: nonsense"),
        "a second request smuggled in": request(b"a=1GET /api/v2 HTTP/1.1\r\n\r\n", b"Content-Length: 3"),
    }


HTTP2_SETTINGS = b"\0\0\x18\x04"


def is_acceptable(received: bytes) -> bool:
    """Whether it is nothing, HTTP's own refusal with no body, or one of our answers in JSON."""
    if not received or received.startswith(HTTP2_SETTINGS):
        return True
    head, _, body = received.partition(b"\r\n\r\n")
    status = int(head.split()[1])
    if status >= 500:
        return False
    if b"content-type: application/json" not in head.lower():
        return status in {400, 413, 414, 417, 431, 505} and not body
    answer = orjson.loads(body[: body.index(b"}") + 1])
    return list(answer) == ["error"] and isinstance(answer["error"], str)


def test_hostile_bytes_are_refused_and_place_no_order(server, alice, service):
    form = f"key={alice.key}&action=add&service={service.pk}&request_id=1&link={LINK}&quantity=1000".encode()
    for name, sent in hostile(form).items():
        received = server.exchange(sent, hang_up=name in CUT_SHORT)
        assert is_acceptable(received), (name, received[:500])
        assert Order.objects.count() == 0, name
    # Had one of them been taken for an order, this would be its replay or a conflict with it.
    answer = server.exchange(sized(form))
    assert b'{"order":"ord_' in answer
    assert b"idempotent-replay" not in answer.lower()
    assert Order.objects.count() == 1


def test_what_a_request_is_refused_for_is_said_on_the_wire_as_well(server, alice, service):
    form = f"key={alice.key}&action=add&service={service.pk}&request_id=1&link={LINK}&quantity=1000".encode()
    sent = hostile(form)
    expected = {
        "10 MB": (b"413", b'{"error":"Request body too large: at most 1 MB"}'),
        "10 MB that are not sent": (b"413", b'{"error":"Request body too large: at most 1 MB"}'),
        "chunks over a megabyte": (b"413", b'{"error":"Request body too large: at most 1 MB"}'),
        "whole chunks": (b"400", b'{"error":"Content-Length is required for this action"}'),
        "two hosts": (b"400", b'{"error":"Invalid host"}'),
        "no host": (b"400", b'{"error":"Invalid host"}'),
    }
    for name, (status, body) in expected.items():
        head, _, content = server.exchange(sent[name]).partition(b"\r\n\r\n")
        assert (head.split()[1], content) == (status, body), name


def test_two_requests_on_one_connection_get_two_answers(server, alice):
    body = f"key={alice.key}&action=balance".encode()
    first = sized(body).replace(b"Connection: close", b"Connection: keep-alive")
    received = server.exchange(first + sized(body))
    assert received.count(b'{"balance":"100.00","currency":"USD"}') == 2
