"""A provider in a process of its own that lists whatever rows it was last given, over real HTTP."""

import json
import multiprocessing
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.connection import Connection
from typing import Any


class Lister(BaseHTTPRequestHandler):
    """Answers every POST with the list, and takes another list by PUT."""

    body = b"[]"

    def do_POST(self) -> None:
        """Answer the list, whatever is asked."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(Lister.body)

    def do_PUT(self) -> None:
        """List this from now on."""
        Lister.body = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(b"")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 -- the base class's name
        """Say nothing: the table is what is printed."""

    def _answer(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def listing() -> Iterator[str]:
    """Run the provider and give its address."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}/api/v2"
    finally:
        process.terminate()
        process.join()


def put(url: str, rows: Sequence[dict[str, Any]] | str) -> None:
    """Have the provider list these rows; a text is answered as it is."""
    body = rows if isinstance(rows, str) else json.dumps(rows)
    request = urllib.request.Request(url, body.encode(), method="PUT")  # noqa: S310 -- our own address
    with urllib.request.urlopen(request):  # noqa: S310
        pass


def _serve(pipe: Connection) -> None:
    server = HTTPServer(("127.0.0.1", 0), Lister)
    pipe.send(server.server_port)
    server.serve_forever()
