"""The demo provider's memory: one line of JSON for each order placed, only ever appended to."""

import fcntl
import json
import os
from decimal import Decimal
from pathlib import Path

from providers.demo.behaviours import Behaviour
from providers.demo.delivery import Order


class JournalError(Exception):
    """The file cannot be used; the message says why and what to do."""


class Journal:
    """The orders of one file, held by one process."""

    def __init__(self, path: Path) -> None:
        """Open the file, making it where there is none.

        :raises JournalError: where another process holds it, or it cannot be opened.
        """
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise JournalError(f"{path} cannot be opened: {error.strerror}. Choose another with --state.") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._file)
            raise JournalError(
                f"another demo provider is using {path}: stop it, or choose another file with --state."
            ) from None

    def orders(self) -> list[Order]:
        """Return every order of the file; a last line that was torn in the writing is cut off.

        :raises JournalError: where a line in the middle cannot be read.
        """
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):  # its order was never answered
            os.ftruncate(self._file, whole)
        return [self._read(number, line) for number, line in enumerate(content[:whole].splitlines(), start=1)]

    def append(self, order: Order) -> None:
        """Write the order before anybody is told of it; a killed process loses nothing it has answered."""
        line = {
            "order": order.order,
            "service": order.service,
            "link": order.link,
            "quantity": order.quantity,
            "charge": f"{order.charge:f}",
            "placed_at": order.placed_at,
            "delivery_seconds": order.delivery_seconds,
            "behaviour": order.behaviour,
        }
        rest = memoryview(json.dumps(line).encode() + b"\n")
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _read(self, number: int, line: bytes) -> Order:
        try:
            data = json.loads(line)
            return Order(**data | {"charge": Decimal(data["charge"]), "behaviour": Behaviour(data["behaviour"])})
        except (ValueError, TypeError, KeyError, ArithmeticError):
            raise JournalError(
                f"line {number} of {self.path} cannot be read: repair or remove the line, or choose another "
                "file with --state."
            ) from None
