"""The demo provider's orders and the balance that follows from them; safe to use from many threads."""

import threading
import time
from dataclasses import replace
from decimal import Decimal

from providers.demo.behaviours import Behaviour
from providers.demo.delivery import Order, progress
from providers.demo.journal import Journal

OPENING_BALANCE = Decimal(1_000_000)
GIVING_BACK = {Behaviour.PARTIAL, Behaviour.CANCEL}


class NotEnoughFunds(Exception):
    """The order costs more than is left."""


class Book:
    """Every order of one journal, read once and kept in memory."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = threading.Lock()
        self._orders = {order.order: order for order in journal.orders()}
        self._last = max(self._orders, default=0)
        self._spent = sum((order.charge for order in self._orders.values()), Decimal(0))
        self._giving_back = [order for order in self._orders.values() if order.behaviour in GIVING_BACK]

    def place(self, draft: Order) -> Order:
        """Return the draft as an order: with the next number, paid for, and in the journal.

        :raises NotEnoughFunds: where the balance does not cover it.
        """
        with self._lock:
            if draft.charge > self._left():
                raise NotEnoughFunds
            order = replace(draft, order=self._last + 1)
            self._journal.append(order)
            self._orders[order.order] = order
            self._last = order.order
            self._spent += order.charge
            if order.behaviour in GIVING_BACK:
                self._giving_back.append(order)
        return order

    def find(self, number: int) -> Order | None:
        """Return the order of this number, or None."""
        return self._orders.get(number)

    def balance(self) -> Decimal:
        """Return what is left of a million, in USD; what was not delivered has come back."""
        with self._lock:
            return self._left()

    def rows(self) -> list[dict[str, object]]:
        """Return every order with what has become of it, the earliest first."""
        with self._lock:
            orders = list(self._orders.values())
        now = time.time()
        return [_row(order, now) for order in orders]

    def _left(self) -> Decimal:
        now = time.time()
        back = sum((order.charge - progress(order, now).charge for order in self._giving_back), Decimal(0))
        return OPENING_BALANCE - self._spent + back


def _row(order: Order, now: float) -> dict[str, object]:
    now_at = progress(order, now)
    return {
        "order": order.order,
        "service": order.service,
        "link": order.link,
        "quantity": order.quantity,
        "charge": f"{order.charge:f}",
        "kept": f"{now_at.charge:f}",
        "status": now_at.status,
        "remains": now_at.remains,
        "placed_at": order.placed_at,
        "behaviour": str(order.behaviour),
    }
