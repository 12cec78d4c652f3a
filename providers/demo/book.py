"""The demo provider's orders and the balance that follows from them; safe to use from many threads."""

import threading
import time
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal

from providers.demo.delivery import GOALS, Order, progress
from providers.demo.journal import Journal
from providers.demo.refills import Refill
from providers.demo.replies import Knobs
from providers.demo.subscriptions import posts_due, state, today

OPENING_BALANCE = Decimal(1_000_000)


class NotEnoughFunds(Exception):
    """The order costs more than is left."""


class Book:
    """Everything in one journal, read once and kept in memory."""

    def __init__(self, journal: Journal, knobs: Knobs | None = None) -> None:
        self.knobs = knobs or Knobs()
        self._journal = journal
        self._lock = threading.Lock()
        kept = journal.kept()
        self._orders, self._refills, self._added = kept.orders, kept.refills, kept.added
        self._last = max(self._orders, default=0)
        self._spent = Decimal(0)
        self._giving_back: set[int] = set()
        self._posts: dict[int, list[int]] = defaultdict(list)
        self._without_funds: set[int] = set()  # subscriptions whose next post the balance does not cover
        for order in self._orders.values():
            self._count(order)

    def place(self, draft: Order) -> Order:
        """Return the draft as an order: with the next number, paid for, and in the journal.

        :raises NotEnoughFunds: where the balance does not cover it.
        """
        with self._lock:
            return self._placed(draft)

    def find(self, number: int) -> Order | None:
        """Return the order of this number, or None."""
        with self._lock:
            self._order_posts(time.time())
            return self._orders.get(number)

    def cancel(self, number: int, at: float) -> None:
        """Stop an order's delivery at this moment; what is not delivered by then is given back."""
        with self._lock:
            self._journal.append_cancel(number, at)
            self._orders[number] = replace(self._orders[number], canceled_at=at)
            self._giving_back.add(number)

    def refill(self, order: int, *, rejected: bool) -> Refill | None:
        """Return a new refill of an order, or None where one is under way."""
        with self._lock:
            now = time.time()
            if any(refill.order == order and _open(refill, now) for refill in self._refills.values()):
                return None
            refill = Refill(len(self._refills) + 1, order, now, self.knobs.refill_seconds, rejected)
            self._journal.append_refill(refill)
            self._refills[refill.refill] = refill
            return refill

    def find_refill(self, number: int) -> Refill | None:
        """Return the refill of this number, or None."""
        return self._refills.get(number)

    def posts(self, subscription: Order) -> tuple[str, list[int]]:
        """Return a subscription's state, and the numbers of its posts' orders."""
        with self._lock:
            now = time.time()
            self._order_posts(now)
            return self._state(subscription, now), list(self._posts[subscription.order])

    def balance(self) -> Decimal:
        """Return what is left of a million; what was not delivered has come back."""
        with self._lock:
            self._order_posts(time.time())
            return self._left()

    def set_balance(self, balance: Decimal) -> None:
        """Let the balance be this from now on, as if somebody had added or taken the difference."""
        with self._lock:
            added = balance - self._left()
            self._journal.append_balance(added)
            self._added += added

    def rows(self) -> list[dict[str, object]]:
        """Return every order with what has become of it, the earliest first."""
        with self._lock:
            now = time.time()
            self._order_posts(now)
            refills = defaultdict(list)
            for refill in self._refills.values():
                refills[refill.order].append({"refill": refill.refill, "status": refill.status(now)})
            return [self._row(order, now) | {"refills": refills[order.order]} for order in self._orders.values()]

    def _placed(self, draft: Order) -> Order:
        if draft.charge > self._left():
            raise NotEnoughFunds
        order = replace(draft, order=self._last + 1)
        self._journal.append(order)
        self._orders[order.order] = order
        self._last = order.order
        self._count(order)
        return order

    def _count(self, order: Order) -> None:
        self._spent += order.charge
        if order.behaviour in GOALS or order.canceled_at is not None:
            self._giving_back.add(order.order)
        if order.is_subscription:
            self._posts[order.order] = []
        if order.parent is not None:
            self._posts[order.parent].append(order.order)

    def _order_posts(self, now: float) -> None:
        """Place the orders of all posts that have appeared; a subscription waits for the funds for its next one."""
        for number, posts in self._posts.items():
            due = posts_due(self._orders[number], len(posts), now=now, days_ahead=self.knobs.days_ahead)
            self._without_funds.discard(number)
            for draft in list(due):
                try:
                    self._placed(draft)
                except NotEnoughFunds:
                    self._without_funds.add(number)
                    break

    def _state(self, subscription: Order, now: float) -> str:
        return state(
            subscription,
            len(self._posts[subscription.order]),
            now=now,
            day=today(now, self.knobs.days_ahead),
            funds=subscription.order not in self._without_funds,
        )

    def _left(self) -> Decimal:
        now = time.time()
        back = (order.charge - _kept(order, now) for order in map(self._orders.__getitem__, self._giving_back))
        return OPENING_BALANCE + self._added - self._spent + sum(back, Decimal(0))

    def _row(self, order: Order, now: float) -> dict[str, object]:
        row: dict[str, object] = {
            "order": order.order,
            "service": order.service,
            "link": order.link,
            "quantity": order.quantity,
            "charge": f"{order.charge:f}",
            "placed_at": order.placed_at,
            "behaviour": str(order.behaviour),
            "params": order.params,
            "runs": order.runs,
            "parent": order.parent,
            "canceled_at": order.canceled_at,
        }
        if order.is_subscription:
            posts = list(self._posts[order.order])
            return row | {"kept": "0", "status": self._state(order, now), "remains": 0, "posts": posts}
        now_at = progress(order, now)
        return row | {"kept": f"{now_at.charge:f}", "status": now_at.status, "remains": now_at.remains}


def _kept(order: Order, now: float) -> Decimal:
    return Decimal(0) if order.is_subscription else progress(order, now).charge


def _open(refill: Refill, now: float) -> bool:
    return refill.status(now) in {"Pending", "In progress"}
