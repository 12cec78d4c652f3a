"""The demo provider without its HTTP: who may call, what comes of it, and the behaviours it was told."""

import threading
import time
from collections import deque
from collections.abc import Mapping

from providers.demo.actions import Actions, Call
from providers.demo.behaviours import OF_CATALOGUES, Behaviour
from providers.demo.book import Book
from providers.demo.catalogue import OFFERS
from providers.demo.replies import Refusal, Reply, instead, refusal

__all__ = ["Call", "DemoPanel"]

CALLS_KEPT = 100_000


class DemoPanel:
    """Everything the demo provider knows; safe to call from many threads."""

    def __init__(self, key: str, book: Book) -> None:
        self.key = key
        self.book = book
        self.knobs = book.knobs
        self.actions = Actions(book)
        self._lock = threading.Lock()
        self._next: dict[str, deque[Behaviour]] = {}
        self._calls: deque[Call] = deque(maxlen=CALLS_KEPT)

    def answer(self, params: Mapping[str, str]) -> tuple[Reply, Call]:
        """Return the reply to one call of the API, and the call as it was noted."""
        asked = {name: value for name, value in params.items() if name not in {"key", "action"}}
        call = Call(params.get("action", ""), asked, time.time())
        try:
            reply = self._reply(params.get("key"), call)
        except Refusal as error:
            reply, call.did = Reply({"error": str(error)}), f"refused: {error}"
        with self._lock:
            self._calls.append(call)
        return reply, call

    def behave(self, behaviours: list[Behaviour], action: str | None = None) -> None:
        """Let the next calls of an action (`add`, or `services` for catalogues) behave so, one each."""
        with self._lock:
            for behaviour in behaviours:
                usual = "services" if behaviour in OF_CATALOGUES else "add"
                self._next.setdefault(action or usual, deque()).append(behaviour)

    def behave_for(self, service: int, behaviour: Behaviour | None) -> None:
        """Let every order of a service behave so from now on; None brings back its own way."""
        with self._lock:
            self.actions.of_service.pop(service, None)
            if behaviour is not None:
                self.actions.of_service[service] = behaviour

    def forget(self) -> None:
        """Let everything behave, and be sold, as it is after a start."""
        with self._lock:
            self._next.clear()
            self.actions.of_service.clear()
            self.actions.offers = OFFERS
            self.actions.currency = "USD"

    def calls(self) -> list[dict[str, object]]:
        """Return the last 100,000 calls, the earliest first."""
        with self._lock:
            return [call.row() for call in self._calls]

    def _reply(self, key: str | None, call: Call) -> Reply:
        if key != self.key:
            raise Refusal("Invalid API key")
        act = self.actions.named(call.action)
        if act is None:
            raise Refusal("Incorrect request")
        call.behaviour = behaviour = self._chosen(call)
        call.did = str(behaviour)
        if error := refusal(behaviour):
            raise error
        other = instead(behaviour, self.knobs)
        if other is not None and not behaviour.endswith("after_placing"):
            return other
        body = act(call)
        return other or Reply(body, after=self.knobs.slow_seconds if behaviour is Behaviour.SLOW else 0)

    def _chosen(self, call: Call) -> Behaviour:
        with self._lock:
            if waiting := self._next.get(call.action):
                return waiting.popleft()
            offer = self.actions.offer(call.params.get("service", "")) if call.action == "add" else None
            return self.actions.of_service.get(offer.service, offer.behaviour) if offer else Behaviour.DELIVER
