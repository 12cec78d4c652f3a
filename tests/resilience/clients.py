"""Resellers' programs: careful ones, which ask again with the same request_id until they are answered."""

import itertools
import json
import threading
from dataclasses import dataclass, field
from typing import Any

from tests.resilience.panels import Answer, LoadedPanel

ASK_AGAIN_AFTER = 0.2  # seconds
BETWEEN_ORDERS = 0.1  # seconds: so the number of orders is bounded by the time, however quick the machine
LOST = 100  # tries after which a client takes the panel for gone


@dataclass
class Ledger:
    """What the clients have seen, written down by all of them."""

    sent: dict[str, dict[str, Any]] = field(default_factory=dict)  # by request_id
    acknowledged: dict[str, str] = field(default_factory=dict)  # request_id: order
    asked_again: int = 0
    surprises: list[str] = field(default_factory=list)


class Client(threading.Thread):
    """One program, until it is told to stop: it orders, looks at the order, looks at its balance, and again."""

    def __init__(self, name: str, panel: LoadedPanel, services: list[int], ledger: Ledger) -> None:
        super().__init__(name=name, daemon=True)
        self._panel, self._services, self._ledger = panel, services, ledger
        self._stop_asked = threading.Event()

    def stop(self) -> None:
        """Finish what is under way, and no more."""
        self._stop_asked.set()

    def run(self) -> None:
        """Order, look, and again."""
        try:
            for number, service in enumerate(itertools.cycle(self._services)):
                if self._stop_asked.is_set():
                    return
                self._order(f"{self.name}-{number}", service)
                self._stop_asked.wait(BETWEEN_ORDERS)
        except Exception as error:
            self._ledger.surprises.append(f"{self.name} ended: {error!r}")

    def _order(self, request_id: str, service: int) -> None:
        form = {"service": service, "quantity": 100, "link": f"https://example.com/{request_id}"}
        self._ledger.sent[request_id] = form
        placed = self._answered(action="add", request_id=request_id, **form)
        if placed is None:
            return
        self._ledger.acknowledged[request_id] = order = placed["order"]
        status = self._answered(action="status", order=order)
        balance = self._answered(action="balance")
        if status and balance and (set(status), set(balance)) != (STATUS, BALANCE):
            self._ledger.surprises.append(f"{request_id}: {status} {balance}")

    def _answered(self, **form: Any) -> dict[str, Any] | None:
        """Ask until there is an answer; one that is a refusal is written down, for nothing here deserves one."""
        for _ in range(LOST):
            answer = self._try(form)
            if answer is not None and answer.status < 500:
                if answer.status == 200:
                    return dict(answer.json)
                self._ledger.surprises.append(f"{form}: {answer}")
                return None
            self._ledger.asked_again += 1
            self._stop_asked.wait(ASK_AGAIN_AFTER)
        self._ledger.surprises.append(f"{form}: no answer in {LOST} tries")
        return None

    def _try(self, form: dict[str, Any]) -> Answer | None:
        try:
            return self._panel.call(**form)
        except json.JSONDecodeError as error:
            self._ledger.surprises.append(f"{form}: not JSON: {error.doc[:200]!r}")
        except OSError:  # refused, reset, cut off or timed out: what a network does
            pass
        return None


STATUS = {"status", "charge", "start_count", "remains", "currency"}
BALANCE = {"balance", "currency"}
