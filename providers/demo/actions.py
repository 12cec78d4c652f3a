"""The classic actions of the demo provider, each from its parameters to its answer."""

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from providers.demo.behaviours import OF_CANCELS, OF_ORDERS, OF_REFILLS, Behaviour
from providers.demo.book import Book, NotEnoughFunds
from providers.demo.catalogue import BROKEN_ROWS, OFFERS, Offer
from providers.demo.delivery import Order, progress
from providers.demo.parameters import Asked, asked, whole_number
from providers.demo.replies import Refusal
from providers.demo.saying import status_answer
from providers.demo.subscriptions import subscription_answer

BATCH = 100


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


class Actions:
    """What can be asked of the book, in the classic protocol; safe to call from many threads."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.offers: dict[int, Offer] = OFFERS
        self.of_service: dict[int, Behaviour] = {}
        self.currency = "USD"
        self._lock = threading.Lock()
        self._answers: Counter[tuple[int, bool]] = Counter()
        self._by_name: dict[str, Callable[[Call], object]] = {
            "balance": self._balance,
            "services": self._services,
            "add": self._add,
            "status": self._status,
            "cancel": self._cancel,
            "refill": self._refill,
            "refill_status": self._refill_status,
        }

    def named(self, name: str) -> Callable[[Call], object] | None:
        """Return the action of this name, or None."""
        return self._by_name.get(name)

    def offer(self, text: str) -> Offer | None:
        """Return the offer of this number, or None."""
        return self.offers.get(whole_number(text) or 0)

    def _balance(self, _call: Call) -> object:
        return {"balance": f"{self.book.balance():.8f}", "currency": self.currency}

    def _services(self, call: Call) -> object:
        if call.behaviour is Behaviour.EMPTY_CATALOGUE:
            return []
        if call.behaviour is Behaviour.BROKEN_CATALOGUE:
            return BROKEN_ROWS
        return [offer.row() for offer in self.offers.values()]

    def _add(self, call: Call) -> object:
        offer = self.offer(call.params.get("service", ""))
        if offer is None:
            raise Refusal("Incorrect service ID")
        draft = self._draft(offer, asked(offer, call.params), call)
        try:
            call.order = self.book.place(draft).order
        except NotEnoughFunds:
            raise Refusal("Not enough funds on balance") from None
        call.did = f"placed ({call.behaviour})"
        return {"order": call.order}

    def _draft(self, offer: Offer, wanted: Asked, call: Call) -> Order:
        knobs, subscription = self.book.knobs, offer.type == "Subscriptions"
        return Order(
            order=0,
            service=offer.service,
            link=wanted.link,
            quantity=wanted.quantity,
            charge=offer.charge(wanted.quantity),
            placed_at=time.time(),
            delivery_seconds=knobs.delivery_seconds,
            behaviour=call.behaviour if call.behaviour in OF_ORDERS else Behaviour.DELIVER,
            params=call.params,
            runs=wanted.runs,
            interval_seconds=wanted.interval * knobs.minute_seconds,
            rate=f"{offer.rate:f}" if subscription else "0",
            post_seconds=knobs.post_seconds if subscription else None,
            delay_seconds=int(call.params["delay"]) * knobs.minute_seconds if subscription else 0.0,
        )

    def _status(self, call: Call) -> object:
        if "orders" not in call.params:
            return self._status_of(call.params.get("order", ""))
        return {name: _or_error(self._status_of, name) for name in _batch(call.params["orders"])}

    def _status_of(self, name: str) -> object:
        order = self._known(name)
        if order.is_subscription:
            return subscription_answer(order, *self.book.posts(order))
        now_at = progress(order, time.time())
        with self._lock:
            before = self._answers[order.order, now_at.ended]
            self._answers[order.order, now_at.ended] += 1
        return status_answer(order, now_at, before, self.currency)

    def _cancel(self, call: Call) -> object:
        if "orders" not in call.params:
            return {"order": _as_sent(call.params.get("order", "")), "cancel": self._cancel_of(call, None)}
        return [
            {"order": _as_sent(name), "cancel": _or_error(lambda each: self._cancel_of(call, each), name)}
            for name in _batch(call.params["orders"])
        ]

    def _cancel_of(self, call: Call, name: str | None) -> int:
        order = self._known(call.params.get("order", "") if name is None else name)
        offer, manner = self.offers.get(order.service), self._manner(order, call, OF_CANCELS)
        if order.canceled_at is not None:
            return 1
        if manner is Behaviour.CANCEL_REFUSED or offer is None or not offer.cancel or self._over(order):
            raise Refusal("Order cannot be canceled")
        if manner is not Behaviour.CANCEL_IGNORED:
            self.book.cancel(order.order, time.time() + self.book.knobs.cancel_seconds)
        return 1

    def _refill(self, call: Call) -> object:
        if "orders" not in call.params:
            return {"refill": str(self._refill_of(call, call.params.get("order", "")))}
        return [
            {"order": _as_sent(name), "refill": _or_error(lambda each: self._refill_of(call, each), name)}
            for name in _batch(call.params["orders"])
        ]

    def _refill_of(self, call: Call, name: str) -> int:
        order = self._known(name)
        offer, manner = self.offers.get(order.service), self._manner(order, call, OF_REFILLS)
        if manner is Behaviour.REFILL_REFUSED or offer is None or not offer.refill:
            raise Refusal("Refill is disabled for this service")
        if order.is_subscription or progress(order, time.time()).status not in {"Completed", "Partial"}:
            raise Refusal("The order is not completed")
        refill = None
        if manner is not Behaviour.REFILL_PENDING:
            refill = self.book.refill(order.order, rejected=manner is Behaviour.REFILL_REJECTED)
        if refill is None:
            raise Refusal("The refill task is not completed for this order")
        return refill.refill

    def _refill_status(self, call: Call) -> object:
        if "refills" not in call.params:
            return {"status": self._refill_status_of(call.params.get("refill", ""))}
        return [
            {"refill": _as_sent(name), "status": _or_error(self._refill_status_of, name)}
            for name in _batch(call.params["refills"])
        ]

    def _refill_status_of(self, name: str) -> str:
        refill = self.book.find_refill(whole_number(name) or 0)
        if refill is None:
            raise Refusal("Refill not found")
        return refill.status(time.time())

    def _known(self, name: str) -> Order:
        order = self.book.find(whole_number(name) or 0)
        if order is None or self._hidden(order):
            raise Refusal("Incorrect order ID")
        return order

    def _hidden(self, order: Order) -> bool:
        hides = order.behaviour is Behaviour.HIDDEN_AT_FIRST
        return hides and time.time() < order.placed_at + self.book.knobs.hidden_seconds

    def _over(self, order: Order) -> bool:
        if order.is_subscription:
            return self.book.posts(order)[0] not in {"Active", "Paused"}
        return progress(order, time.time()).ended

    def _manner(self, order: Order, call: Call, family: set[Behaviour]) -> Behaviour:
        """Return how the call is dealt with: as the call itself was told to be, or its service, or its order."""
        told = (call.behaviour, self.of_service.get(order.service), order.behaviour)
        return next((behaviour for behaviour in told if behaviour in family), Behaviour.DELIVER)


def _batch(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) > BATCH:
        raise Refusal("Too many orders: at most 100")
    return names


def _or_error(answer: Callable[[str], object], name: str) -> object:
    try:
        return answer(name)
    except Refusal as error:
        return {"error": str(error)}


def _as_sent(name: str) -> int | str:
    return whole_number(name) or name
