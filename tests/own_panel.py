"""This panel, served over HTTP to itself: what buys here is answered by what sells here, so the two cannot drift.

Answers to `add` can be lost on the way, before the panel has read the request or after it has placed the order.
"""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from django.db import connection

from tests.conftest import Answer, call_wsgi, wsgi_environ

HELD_FOR = 5.0  # seconds after which a caller that does not hang up is let go


class OwnPanel:
    """The panel at `url`, the forms it was sent, and what is to go wrong with the next calls of `add`."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.next: list[str | tuple[int, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Exchange)
        self._server.panel = self  # type: ignore[attr-defined] # the handler finds it there
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/v2"

    def calls(self, action: str = "add") -> list[dict[str, str]]:
        """Return the forms of this action, in the order they came."""
        return [form for form in self.asked if form.get("action") == action]

    @property
    def request_ids(self) -> list[str]:
        """Return the request_id of each `add` that named one."""
        return [form["request_id"] for form in self.calls() if "request_id" in form]


@contextlib.contextmanager
def own_panel() -> Iterator[OwnPanel]:
    """Serve the panel for the block."""
    panel = OwnPanel()
    thread = threading.Thread(target=panel._server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield panel
    finally:
        panel._server.shutdown()
        panel._server.server_close()
        thread.join(HELD_FOR)


class _Exchange(BaseHTTPRequestHandler):
    """One request: answered by the panel's own WSGI door, and then delivered, or not."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        panel: OwnPanel = self.server.panel  # type: ignore[attr-defined]
        form = dict(parse_qsl(body.decode()))
        panel.asked.append(form)
        # The questions of whoever makes sure of the dialect name no request_id: nothing goes wrong with those.
        wrong = panel.next.pop(0) if panel.next and "request_id" in form else "nothing"
        with contextlib.suppress(OSError):
            if isinstance(wrong, tuple):
                self.answer(*wrong)
                return
            what, _, when = wrong.partition(" ")
            said = None if when == "before" else _said(body)
            LOSING[what](self, said)

    def answer(self, status: int, text: str, kind: str = "application/json") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing on standard error."""


def _said(body: bytes) -> Answer:
    try:
        return call_wsgi(wsgi_environ(body))
    finally:
        connection.close()


def _pass_on(exchange: _Exchange, said: Answer | None) -> None:
    assert said is not None
    exchange.answer(said.status, said.body.decode())


def _hold(exchange: _Exchange, _said: Answer | None) -> None:
    exchange.connection.settimeout(HELD_FOR)
    exchange.connection.recv(1)


def _reset(exchange: _Exchange, _said: Answer | None) -> None:
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    exchange.connection.close()


def _break(exchange: _Exchange, _said: Answer | None) -> None:
    exchange.answer(500, json.dumps({"error": "Internal server error"}))


def _show_a_page(exchange: _Exchange, _said: Answer | None) -> None:
    exchange.answer(200, "<html>Just a moment…</html>", "text/html")


LOSING: dict[str, Callable[[_Exchange, Answer | None], None]] = {
    "nothing": _pass_on,
    "timeout": _hold,
    "reset": _reset,
    "500": _break,
    "html": _show_a_page,
}
