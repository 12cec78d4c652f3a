"""Starting the demo provider: in the foreground for people, or inside a test on a free port."""

import contextlib
import os
import secrets
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from providers.demo.book import Book
from providers.demo.control import control
from providers.demo.journal import Journal
from providers.demo.panel import DemoPanel
from providers.demo.server import DemoServer


class CannotServe(Exception):  # noqa: N818 (what has happened)
    """The address cannot be had; the message says what to do."""


def key_from(path: Path) -> str:
    """Return the key kept in the file, which only its owner can read; made at the first start."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"demo_{secrets.token_hex(16)}\n")
    key = path.read_text(encoding="utf-8").strip()
    if not key:
        raise CannotServe(f"{path} holds no key: remove the file, and it is made anew.")
    return key


def serve(host: str, port: int, *, key: str, state: Path, ready: Callable[[str], None]) -> None:
    """Answer until interrupted; `ready` is called with the address once the port is open.

    :raises CannotServe: where the port cannot be had.
    :raises JournalError: where the file of orders cannot be used.
    """
    journal = Journal(state)
    try:
        server = _listening(host, port, DemoPanel(key, Book(journal)))
        ready(f"http://{_in_url(host)}:{server.server_port}")
        try:
            server.serve_forever(poll_interval=0.1)
        finally:
            server.stopping.set()
            server.server_close()
    finally:
        journal.close()


def _listening(host: str, port: int, panel: DemoPanel, *, talkative: bool = True) -> DemoServer:
    try:
        return DemoServer((host, port), panel, talkative=talkative)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotServe(
            f"{host}:{port} cannot be opened ({reason}): choose another port with --port."
        ) from None


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class DemoProvider:
    """The demo provider inside this process, on a free port of 127.0.0.1, until the block ends.

    Orders are delivered in `delivery_seconds`; with `state` they outlive the block.
    """

    def __init__(
        self, *, state: Path | None = None, key: str = "demo-key", delivery_seconds: float = 0.2
    ) -> None:
        self.key = key
        self._folder = tempfile.TemporaryDirectory(prefix="demo-provider-") if state is None else None
        self._journal = Journal(state or Path(self._folder.name if self._folder else "") / "orders.jsonl")
        self._panel = DemoPanel(key, Book(self._journal))
        self._panel.knobs.delivery_seconds = delivery_seconds
        self._panel.knobs.hold_seconds = 5
        self._server = _listening("127.0.0.1", 0, self._panel, talkative=False)
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/v2"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def __enter__(self) -> "DemoProvider":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._thread.join()
        self._journal.close()
        if self._folder:
            self._folder.cleanup()

    def control(self, **told: object) -> dict[str, object]:
        """Tell it what `POST /control` is told: `next=["html"]`, or `service=3, behaviour="partial"`."""
        return control(self._panel, told)

    def orders(self) -> list[dict[str, Any]]:
        """Return every order placed, the earliest first."""
        return self._panel.book.rows()

    def calls(self, action: str | None = None) -> list[dict[str, Any]]:
        """Return every call that came in, or those of one action, the earliest first."""
        return [call for call in self._panel.calls() if action in (None, call["action"])]
