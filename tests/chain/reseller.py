"""A reseller's program: it orders in several threads, and asks again with the same request_id until it is answered."""

import http.client
import itertools
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from tests.resilience.panels import Answer, post

THREADS = 4
ASK_AGAIN_AFTER = 0.1  # seconds
LOST = 50  # tries after which it takes the panel for gone
TOO_LATE = {"error": "Order cannot be canceled"}


@dataclass
class Reseller:
    """One program with one key, and what it has seen."""

    url: str
    key: str
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)  # by request_id
    acknowledged: dict[str, str] = field(default_factory=dict)  # request_id: order
    asked_again: int = 0
    surprises: list[str] = field(default_factory=list)

    def order(self, name: str, services: list[int], count: int, *, cancel: set[int]) -> None:
        """Place so many orders, each for a link and of a quantity of its own.

        :param cancel: the services of whose orders some are tried to be cancelled, half a run later.
        """
        forms = [
            {"service": service, "quantity": 100 + number, "link": f"https://example.com/{name}/{number}"}
            for number, service in zip(range(count), itertools.cycle(services), strict=False)
        ]

        def go_on(number: int) -> None:
            self._place(f"{name}-{number}", forms[number])
            earlier = number - count // 2  # by then it may be anywhere on its way
            if earlier >= 0 and earlier % 2 and forms[earlier]["service"] in cancel:
                self._cancel(f"{name}-{earlier}")

        with ThreadPoolExecutor(THREADS) as threads:
            list(threads.map(go_on, range(count)))

    def _place(self, request_id: str, form: dict[str, Any]) -> None:
        self.sent[request_id] = form
        placed = self._answered(action="add", request_id=request_id, **form)
        if "order" in placed:
            self.acknowledged[request_id] = placed["order"]
        else:
            self.surprises.append(f"{request_id}: {placed}")

    def _cancel(self, request_id: str) -> None:
        order = self.acknowledged.get(request_id)
        if order and (told := self._answered(action="cancel", order=order)) not in ({"cancel": order}, TOO_LATE):
            self.surprises.append(f"{request_id}: {told}")

    def _answered(self, **form: Any) -> Any:
        for _ in range(LOST):
            answer = self._try(form)
            if answer is not None and answer.status < 500:
                return answer.json
            self.asked_again += 1
            threading.Event().wait(ASK_AGAIN_AFTER)
        return f"no answer in {LOST} tries"

    def _try(self, form: dict[str, Any]) -> Answer | None:
        try:
            return post(self.url, {"key": self.key, **form})
        except (OSError, http.client.HTTPException, json.JSONDecodeError):  # what a network does, and a web page
            return None
