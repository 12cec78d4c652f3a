"""The demo provider without its HTTP: the classic actions, and the behaviours it was told."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from providers.demo.behaviours import OF_CATALOGUES, OF_ORDERS, Behaviour
from providers.demo.book import Book, NotEnoughFunds
from providers.demo.catalogue import BROKEN_ROWS, OFFERS, Offer
from providers.demo.delivery import Order, progress
from providers.demo.oddities import oddly
from providers.demo.replies import Knobs, Refusal, Reply, instead, refusal

CALLS_KEPT = 100_000
BATCH = 100
NUMBER_DIGITS = 18


@dataclass
class Call:
    """One call that came in: what was asked (without the key), and what was done."""

    action: str
    params: dict[str, str]
    at: float
    behaviour: Behaviour = Behaviour.DELIVER
    did: str = ""
    order: int | None = None

    def row(self) -> dict[str, object]:
        """Return the call as JSON has it."""
        return {
            "action": self.action,
            "params": self.params,
            "at": self.at,
            "did": self.did,
            "order": self.order,
        }


class DemoPanel:
    """Everything the demo provider knows; safe to call from many threads."""

    def __init__(self, key: str, book: Book, knobs: Knobs | None = None) -> None:
        self.key = key
        self.book = book
        self.knobs = knobs or Knobs()
        self._lock = threading.Lock()
        self._next: dict[str, deque[Behaviour]] = {}
        self._of_service: dict[int, Behaviour] = {}
        self._calls: deque[Call] = deque(maxlen=CALLS_KEPT)
        self._actions: dict[str, Callable[[Mapping[str, str], Call], object]] = {
            "balance": self._balance,
            "services": self._services,
            "add": self._add,
            "status": self._status,
        }

    def answer(self, params: Mapping[str, str]) -> tuple[Reply, Call]:
        """Return the reply to one call of the API, and the call as it was noted."""
        asked = {name: value for name, value in params.items() if name not in {"key", "action"}}
        call = Call(params.get("action", ""), asked, time.time())
        try:
            reply = self._reply(params, call)
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
            self._of_service.pop(service, None)
            if behaviour is not None:
                self._of_service[service] = behaviour

    def forget_behaviours(self) -> None:
        """Let everything behave as it does after a start."""
        with self._lock:
            self._next.clear()
            self._of_service.clear()

    def calls(self) -> list[dict[str, object]]:
        """Return the last 100,000 calls, the earliest first."""
        with self._lock:
            return [call.row() for call in self._calls]

    def _reply(self, params: Mapping[str, str], call: Call) -> Reply:
        if params.get("key") != self.key:
            raise Refusal("Invalid API key")
        act = self._actions.get(call.action)
        if act is None:
            raise Refusal("Incorrect request")
        call.behaviour = behaviour = self._chosen(call)
        call.did = str(behaviour)
        if error := refusal(behaviour):
            raise error
        other = instead(behaviour, self.knobs)
        if other is not None and not behaviour.endswith("after_placing"):
            return other
        body = act(params, call)
        return other or Reply(body, after=self.knobs.slow_seconds if behaviour is Behaviour.SLOW else 0)

    def _chosen(self, call: Call) -> Behaviour:
        with self._lock:
            if waiting := self._next.get(call.action):
                return waiting.popleft()
            offer = OFFERS.get(_number(call.params.get("service", ""))) if call.action == "add" else None
            return self._of_service.get(offer.service, offer.behaviour) if offer else Behaviour.DELIVER

    def _balance(self, _params: Mapping[str, str], _call: Call) -> object:
        return {"balance": f"{self.book.balance():.8f}", "currency": "USD"}

    def _services(self, _params: Mapping[str, str], call: Call) -> object:
        if call.behaviour is Behaviour.EMPTY_CATALOGUE:
            return []
        if call.behaviour is Behaviour.BROKEN_CATALOGUE:
            return BROKEN_ROWS
        return [offer.row() for offer in OFFERS.values()]

    def _add(self, params: Mapping[str, str], call: Call) -> object:
        offer = OFFERS.get(_number(params.get("service", "")))
        if offer is None:
            raise Refusal("Incorrect service ID")
        link = params.get("link", "")
        if not link.startswith(("http://", "https://")) or len(link) > 1000:
            raise Refusal("Bad link")
        quantity = _quantity(offer, params.get("quantity", ""))
        call.order = self._placed(offer, link, quantity, call.behaviour).order
        call.did = f"placed ({call.behaviour})"
        return {"order": call.order}

    def _placed(self, offer: Offer, link: str, quantity: int, behaviour: Behaviour) -> Order:
        draft = Order(
            order=0,
            service=offer.service,
            link=link,
            quantity=quantity,
            charge=offer.charge(quantity),
            placed_at=time.time(),
            delivery_seconds=self.knobs.delivery_seconds,
            behaviour=behaviour if behaviour in OF_ORDERS else Behaviour.DELIVER,
        )
        try:
            return self.book.place(draft)
        except NotEnoughFunds:
            raise Refusal("Not enough funds on balance") from None

    def _status(self, params: Mapping[str, str], _call: Call) -> object:
        if "orders" not in params:
            return self._status_of(params.get("order", ""))
        ids = [name.strip() for name in params["orders"].split(",") if name.strip()]
        if len(ids) > BATCH:
            raise Refusal("Too many orders: at most 100")
        return {name: self._status_or_error(name) for name in ids}

    def _status_or_error(self, name: str) -> object:
        try:
            return self._status_of(name)
        except Refusal as error:
            return {"error": str(error)}

    def _status_of(self, name: str) -> object:
        now, order = time.time(), self.book.find(_number(name))
        if order is None or self._hidden(order, now):
            raise Refusal("Incorrect order ID")
        now_at = progress(order, now)
        answer: dict[str, object] = {
            "charge": f"{now_at.charge:.8f}",
            "start_count": str(order.start_count),
            "status": now_at.status,
            "remains": str(now_at.remains),
            "currency": "USD",
        }
        return oddly(answer, order.order) if order.behaviour is Behaviour.ODD_SPELLING else answer

    def _hidden(self, order: Order, now: float) -> bool:
        hides = order.behaviour is Behaviour.HIDDEN_AT_FIRST
        return hides and now < order.placed_at + self.knobs.hidden_seconds


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= NUMBER_DIGITS else 0


def _quantity(offer: Offer, text: str) -> int:
    if offer.type == "Package":
        return offer.min
    if not text.isascii() or not text.isdigit() or len(text) > NUMBER_DIGITS:
        raise Refusal("Incorrect request")
    quantity = int(text)
    if quantity < offer.min:
        raise Refusal(f"Quantity less than minimal {offer.min}")
    if quantity > offer.max:
        raise Refusal(f"Quantity more than maximum {offer.max}")
    return quantity
