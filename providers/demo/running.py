"""Starting the demo provider: in the foreground for people, or inside a test on a free port."""

import contextlib
import os
import secrets
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from providers.demo.book import Book
from providers.demo.control import control
from providers.demo.journal import Journal
from providers.demo.panel import DemoPanel
from providers.demo.replies import Knobs
from providers.demo.server import DemoServer


class CannotServe(Exception):
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


def serve(host: str, port: int, *, key: str, state: Path, ready: Callable[[str], None], stop: threading.Event) -> None:
    """Answer until `stop` is set; `ready` is called with the address once the port is open.

    :raises CannotServe: where the port cannot be had.
    :raises JournalError: where the file of orders cannot be used.
    """
    with contextlib.closing(Journal(state)) as journal:
        server = _listening(host, port, DemoPanel(key, Book(journal)))
        with _answering(server):
            ready(f"http://{_in_url(host)}:{server.server_port}")
            stop.wait()


@contextlib.contextmanager
def _answering(server: DemoServer, poll: float = 0.1) -> Iterator[None]:
    # In a thread of its own: an interrupt in the middle of taking a connection would leave it half taken.
    thread = threading.Thread(target=server.serve_forever, args=(poll,), daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.stop()
        thread.join()


def _listening(host: str, port: int, panel: DemoPanel, *, talkative: bool = True) -> DemoServer:
    try:
        return DemoServer((host, port), panel, talkative=talkative)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CannotServe(f"{host}:{port} cannot be opened ({reason}): choose another port with --port.") from None


def _in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class DemoProvider:
    """The demo provider inside this process, on a free port of 127.0.0.1, until the block ends.

    Orders are delivered in `delivery_seconds`; with `state` they outlive the block.
    """

    def __init__(self, *, state: Path | None = None, key: str = "demo-key", delivery_seconds: float = 0.2) -> None:
        self.key = key
        self._until_the_end = contextlib.ExitStack()
        if state is None:
            folder = self._until_the_end.enter_context(tempfile.TemporaryDirectory(prefix="demo-provider-"))
            state = Path(folder) / "orders.jsonl"
        journal = self._until_the_end.enter_context(contextlib.closing(Journal(state)))
        with self._until_the_end.pop_all() as opened:  # closed again, should the rest fail
            knobs = Knobs(
                delivery_seconds, hold_seconds=5, refill_seconds=delivery_seconds, post_seconds=delivery_seconds
            )
            self._panel = DemoPanel(key, Book(journal, knobs))
            self._server = _listening("127.0.0.1", 0, self._panel, talkative=False)
            self._until_the_end = opened.pop_all()
        self.url = f"http://127.0.0.1:{self._server.server_port}/api/v2"

    def __enter__(self) -> "DemoProvider":
        self._until_the_end.enter_context(_answering(self._server, poll=0.02))
        return self

    def __exit__(self, *_: object) -> None:
        self._until_the_end.close()

    def control(self, **told: object) -> dict[str, object]:
        """Tell it what `POST /control` is told: `next=["html"]`, or `service=3, behaviour="partial"`."""
        return control(self._panel, told)

    def orders(self) -> list[dict[str, Any]]:
        """Return every order placed, the earliest first."""
        return self._panel.book.rows()

    def calls(self, action: str | None = None) -> list[dict[str, Any]]:
        """Return every call that came in, or those of one action, the earliest first."""
        return [call for call in self._panel.calls() if action in (None, call["action"])]
