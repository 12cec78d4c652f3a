"""A small egress proxy for tests: it takes CONNECT, notes what it was asked, and passes on what comes."""

import contextlib
import socket
import socketserver
import threading
from typing import Self

TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy(socketserver.ThreadingTCPServer):
    """Listens as long as the block lasts; `answer` is what it says to CONNECT, a tunnel where that is 200."""

    daemon_threads = True

    def __init__(self, answer: bytes = TUNNEL) -> None:
        super().__init__(("127.0.0.1", 0), Asked)
        self.answer = answer
        self.heads: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        self._thread = threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class Asked(socketserver.StreamRequestHandler):
    """One client of it."""

    server: Proxy

    def handle(self) -> None:
        """Read what it asks for, and connect it."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return
            head += line
        self.server.heads.append(head.decode())
        self.wfile.write(self.server.answer)
        if self.server.answer == TUNNEL:
            host, _, port = head.split(b" ")[1].decode().rpartition(":")
            with socket.create_connection((host.strip("[]"), int(port))) as there:
                self._join(there)

    def _join(self, there: socket.socket) -> None:
        back = threading.Thread(target=_pass_on, args=(there, self.connection), daemon=True)
        back.start()
        _pass_on(self.connection, there)
        back.join()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
