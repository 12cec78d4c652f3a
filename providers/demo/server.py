"""The demo provider's HTTP: /api/v2 for panels, /control for whoever is trying one, / for people."""

import hmac
import json
import socket
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from socketserver import TCPServer
from typing import Any, ClassVar, cast
from urllib.parse import parse_qsl, urlsplit

from providers.demo.control import NotUnderstood, control
from providers.demo.page import page
from providers.demo.panel import Call, DemoPanel

LARGEST_BODY = 1_000_000
IDLE_SECONDS = 30
LINGER = struct.Struct("ii")
RESET = LINGER.pack(1, 0)  # an end without patience: RST instead of FIN (socket(7), SO_LINGER)


class DemoServer(ThreadingHTTPServer):
    """Listens from the moment it is made; `serve_forever` answers."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], panel: DemoPanel, *, talkative: bool = True) -> None:
        self.panel = panel
        self.talkative = talkative
        self.stopping = threading.Event()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, Handler)

    def server_bind(self) -> None:
        """Open the port without the base class's look-up of this machine's name, which may take seconds."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), self.server_address[1]

    def shutdown_request(self, request: Any) -> None:
        """End a connection; one that is to be reset gets no orderly end first."""
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER.size) == RESET:
            self.close_request(request)
        else:
            super().shutdown_request(request)

    def stop(self) -> None:
        """Let go of every held connection and stop answering."""
        self.stopping.set()
        self.shutdown()
        self.server_close()

    def handle_error(self, request: object, client_address: object) -> None:
        """Say in one line that a caller went away; a panel that times out does it all the time."""
        error = sys.exc_info()[1]
        if self.talkative or not isinstance(error, OSError):
            _say(f"call from {client_address} ended: {error!r}")


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server_version = "demo-provider"
    sys_version = ""
    timeout = IDLE_SECONDS
    disable_nagle_algorithm: ClassVar[bool] = True

    def do_GET(self) -> None:
        """Answer a GET."""
        self._route(b"")

    def do_POST(self) -> None:
        """Answer a POST."""
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= LARGEST_BODY:
            self.close_connection = True
            self._send(413, {"error": "Incorrect request"})
            return
        self._route(self.rfile.read(length))

    def _route(self, body: bytes) -> None:
        path = urlsplit(self.path).path.rstrip("/")
        if path == "/api/v2":
            self._api(body)
        elif path == "/control" or path.startswith("/control/"):
            self._control(path, body)
        elif not path:
            self._send(
                200, page(f"http://{self.headers.get('Host', 'localhost')}", self._panel.actions.offers.values())
            )
        else:
            self._send(404, {"error": "Not found"})

    def _api(self, body: bytes) -> None:
        reply, call = self._panel.answer(self._params(body))
        self._log(call)
        if reply.after:
            self._hold(reply.after)
        if reply.drop:
            self._reset()
        else:
            self._send(reply.status, reply.body)

    def _control(self, path: str, body: bytes) -> None:
        told = self._json_object(body)
        key = str(self._query().get("key") or told.get("key") or "")
        if not ip_address(self.client_address[0]).is_loopback:
            self._send(403, {"error": "Control it from its own machine"})
        elif not hmac.compare_digest(key.encode("utf-8", "replace"), self._panel.key.encode()):
            self._send(403, {"error": "Invalid API key"})
        elif path == "/control/calls":
            self._send(200, self._panel.calls())
        elif path == "/control/orders":
            self._send(200, self._panel.book.rows())
        elif path == "/control" and self.command == "POST":
            self._turn(told)
        else:
            self._send(404, {"error": "Use POST /control, GET /control/calls or GET /control/orders"})

    def _turn(self, told: dict[str, object]) -> None:
        try:
            self._send(200, control(self._panel, told))
        except NotUnderstood as error:
            self._send(400, {"error": str(error)})

    def _params(self, body: bytes) -> dict[str, str]:
        """Return the parameters of form, query or JSON object, as classic panels look for them."""
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
        told = {name: str(value) for name, value in self._json_object(body).items() if value is not None}
        both = self._query() | (told or form)
        return {name: value.strip() for name, value in both.items() if value.strip()}

    def _query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.path).query))

    def _json_object(self, body: bytes) -> dict[str, object]:
        if not body.lstrip().startswith(b"{"):
            return {}
        try:
            data = json.loads(body)
        except (ValueError, RecursionError):
            return {}
        return cast(dict[str, object], data)

    def _hold(self, seconds: float) -> None:
        """Wait, until the time is over, the caller has hung up or the server stops."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and not self._stopping.wait(min(0.1, seconds)):
            if _hung_up(self.connection):
                return

    def _reset(self) -> None:
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)

    def _send(self, status: int, body: object) -> None:
        html = isinstance(body, str)
        content = (str(body) if html else json.dumps(body)).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8" if html else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @property
    def _panel(self) -> DemoPanel:
        return cast(DemoServer, self.server).panel

    @property
    def _stopping(self) -> threading.Event:
        return cast(DemoServer, self.server).stopping

    def _log(self, call: Call) -> None:
        # Not every status call: a panel asks for them all day.
        if cast(DemoServer, self.server).talkative and call.did != "deliver":
            order = f" as order {call.order}" if call.order else ""
            _say(f"{call.action[:40]!r}: {call.did}{order}")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Print nothing for each request; `_log` says what matters."""


def _hung_up(connection: socket.socket) -> bool:
    try:
        connection.setblocking(False)
        return connection.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        connection.settimeout(IDLE_SECONDS)


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")  # in one piece: print() writes the end apart, and threads' lines would mix
    sys.stderr.flush()
