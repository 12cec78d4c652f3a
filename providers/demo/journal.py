"""The demo provider's memory: a line of JSON for each thing that happened, only ever appended to."""

import fcntl
import json
import os
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from providers.demo.behaviours import Behaviour
from providers.demo.delivery import Order
from providers.demo.refills import Refill

# Members that an order's line need not have; lines of earlier versions lack them all.
DEFAULTS = {
    each.name: each.default if each.default is not MISSING else {}
    for each in fields(Order)
    if each.default is not MISSING or each.default_factory is not MISSING
} | {"behaviour": None}


class JournalError(Exception):
    """The file cannot be used; the message says why and what to do."""


@dataclass
class Kept:
    """What a journal holds: orders as they stand, refills, and what was added to the balance from outside."""

    orders: dict[int, Order] = field(default_factory=dict)
    refills: dict[int, Refill] = field(default_factory=dict)
    added: Decimal = Decimal(0)


class Journal:
    """What is kept in one file, held by one process."""

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

    def kept(self) -> Kept:
        """Return what the file holds; a last line that was torn in the writing is cut off.

        :raises JournalError: where a line in the middle cannot be read.
        """
        content = self.path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):  # what it says was never answered
            os.ftruncate(self._file, whole)
        kept = Kept()
        for number, line in enumerate(content[:whole].splitlines(), start=1):
            self._read(number, line, kept)
        return kept

    def append(self, order: Order) -> None:
        """Write the order before anybody is told of it; a killed process loses nothing it has answered."""
        members = asdict(order) | {"charge": f"{order.charge:f}"}
        self._write({name: value for name, value in members.items() if DEFAULTS.get(name, MISSING) != value})

    def append_cancel(self, order: int, at: float) -> None:
        """Write that an order stops at this moment."""
        self._write({"line": "cancel", "order": order, "at": at})

    def append_refill(self, refill: Refill) -> None:
        """Write that a refill was taken."""
        self._write({"line": "refill", **asdict(refill)})

    def append_balance(self, added: Decimal) -> None:
        """Write that so much was added to the balance, or taken from it, for no order."""
        self._write({"line": "balance", "added": f"{added:f}"})

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._file)

    def _write(self, line: dict[str, Any]) -> None:
        rest = memoryview(json.dumps(line).encode() + b"\n")
        while rest:
            rest = rest[os.write(self._file, rest) :]

    def _read(self, number: int, line: bytes, kept: Kept) -> None:
        try:
            _understand(json.loads(line), kept)
        except (ValueError, TypeError, KeyError, ArithmeticError, AttributeError):
            raise JournalError(
                f"line {number} of {self.path} cannot be read: repair or remove the line, or choose another "
                "file with --state."
            ) from None


def _understand(data: dict[str, Any], kept: Kept) -> None:
    match data.pop("line", "order"):
        case "order":
            order = Order(**data | {"charge": Decimal(data["charge"]), "behaviour": Behaviour(data["behaviour"])})
            kept.orders[order.order] = order
        case "cancel":
            kept.orders[data["order"]] = replace(kept.orders[data["order"]], canceled_at=data["at"])
        case "refill":
            kept.refills[data["refill"]] = Refill(**data)
        case "balance":
            kept.added += Decimal(data["added"])
        case other:
            raise ValueError(other)
