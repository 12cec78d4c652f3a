"""Orders, refunds, cancels, deposits and endpoints that come and go, all at once: no deadlock, and nothing untold.

ROUNDS says for how long: 3 unless the environment has it.
"""

import itertools
import os
import random
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

import accounts.operations
import wallets.operations
from accounts.models import ApiKey
from events.models import Event
from orders.models import Order, Purchase
from orders.operations import CannotDecide, buying, cancel_and_refund, following, place
from orders.operations.cancelling import cancel
from providers.following import StatusNews
from providers.outcomes import Placed, Refused
from tests.books import assert_books_agree
from tests.orders.subscribed import followed
from tests.racing import at_once
from tests.webhooks.conftest import told
from tests.webhooks.crossings import crossings, lows
from wallets.operations import InsufficientBalance
from webhooks.kinds import KINDS
from webhooks.models import Delivery
from webhooks.operations import endpoints
from webhooks.operations.endpoints import EndpointLimitReached
from webhooks.queries import EndpointNotFound

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = int(os.environ.get("ROUNDS", "3"))
STEPS = 8  # of each worker in a round
REFUSALS = (InsufficientBalance, CannotDecide, EndpointLimitReached, EndpointNotFound)
numbers = itertools.count(1)


class Traffic:
    """What happens to one account, a step at a time, with the draws of a seed."""

    def __init__(self, person, service, seed: int) -> None:
        self.person, self.service, self.draw = person, service, random.Random(seed)
        self.key_id = ApiKey.objects.get(account_id=person.id).pk

    def any_order(self) -> Order | None:
        latest = list(Order.objects.filter(account_id=self.person.id).order_by("-id")[:8])
        return self.draw.choice(latest) if latest else None

    def order(self) -> None:
        params = {"service": str(self.service.pk), "link": "https://example.com/p", "quantity": "1000"}
        place(account_id=self.person.id, params=params, request_id=f"r-{next(numbers)}", api_key_id=self.key_id)

    def buy(self) -> None:
        claimed = buying.claim([])
        if claimed is not None:
            number = next(numbers)
            buying.record(claimed, Refused("no") if self.draw.random() < 0.2 else Placed(f"their-{number}"))

    def follow(self) -> None:
        order = self.any_order()
        purchase = order and Purchase.objects.filter(order=order, state="placed").first()
        if purchase:
            status = self.draw.choice(["in_progress", "completed", "partial", "canceled"])
            following.learn(followed(purchase), StatusNews(status, remains=400, start_count=7))

    def cancel(self) -> None:
        latest = Order.objects.filter(account_id=self.person.id).order_by("-id")[:4]
        cancel(account_id=self.person.id, sent=[each.shown_id for each in latest])

    def give_up(self) -> None:
        order = self.any_order()
        if order:
            cancel_and_refund(order_id=order.pk, actor="operator", reason="seen to")

    def deposit(self) -> None:
        amount, reference = Decimal(self.draw.choice(["0.5", "3"])), f"d-{next(numbers)}"
        accounts.operations.deposit(account_id=self.person.id, amount=amount, reference=reference, actor="the test")

    def listen(self) -> None:
        endpoints.add(api_key_id=self.key_id, url="http://127.0.0.1:9999/")

    def leave(self) -> None:
        own = self.person.user.endpoints.filter(removed_at=None).order_by("id")[1:]  # the first one stays
        for each in own:
            endpoints.remove(endpoint_id=each.pk)

    def confirm_the_threshold(self) -> None:
        wallets.operations.set_low_balance(account_id=self.person.id, threshold=Decimal(10), actor="operator")

    def go(self) -> int:
        steps: list[Callable[[], None]] = [self.order] * 4 + [self.buy, self.follow, self.cancel] * 2
        steps += [self.give_up, self.deposit, self.listen, self.leave, self.confirm_the_threshold]
        refused = 0
        for _ in range(STEPS):
            try:
                self.draw.choice(steps)()
            except REFUSALS:
                refused += 1
        return refused


def test_whatever_happens_at_once_is_all_told_and_nobody_waits_for_each_other(person, sell, listen):
    service = sell(rate="1.00", cancel=True)
    people = [person(name, deposit="13") for name in ("alice", "bob")]
    first = {each.id: listen(each) for each in people}
    seeds = itertools.count(1)
    for _ in range(ROUNDS):
        calls = [partial(Traffic(each, service, next(seeds)).go) for each in people for _ in range(5)]
        results = at_once(*calls)
        # A deadlock is an error to one of those that were in it.
        assert all(isinstance(each, int) for each in results), results
    for each in people:
        events = Event.objects.filter(account_id=each.id, kind__in=KINDS, public_id__isnull=False)
        deliveries = Delivery.objects.filter(endpoint=first[each.id])
        assert set(deliveries.values_list("event_id", flat=True)) == set(events.values_list("id", flat=True))
        assert lows(each.id) == crossings(each.id, Decimal(10))
        assert [data["balance"] for kind, data in told(first[each.id]) if kind == "balance.low"] == lows(each.id)
    assert {"order.processing", "order.refunded"} <= set(Event.objects.values_list("kind", flat=True))
    assert_books_agree()
