"""Every type from the reseller's request to its last status: what the provider received, and what the ledger says."""

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import pytest

from catalog.models import ONE_PRICE, Service
from kit import clock
from kit.money import wire
from orders import tasks
from orders.models import Order, Post, Purchase
from providers.demo.catalogue import OFFERS, Offer
from tests.orders.taking_parameters import REQUESTS
from wallets.models import Entry

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class Transcript:
    """One order's life as its three people see it: the reseller's calls, the provider's, and the books."""

    asked: dict[str, str]
    answered: dict[str, str]
    received: list[dict[str, str]]
    statuses: list[dict[str, Any]]
    entries: list[tuple[str, str]]

    def lines(self) -> str:
        """Return it for people to read."""
        return "\n".join(f"{name}: {json.dumps(value)}" for name, value in asdict(self).items())


Live = Callable[[Service, dict[str, str]], Transcript]


def follow_to_the_end() -> None:
    """Ask about everything, posts of subscriptions too, until no order is open."""
    deadline = time.monotonic() + 30
    while Order.objects.filter(ended_at=None).exists():
        assert time.monotonic() < deadline, "the provider never finished"
        Purchase.objects.filter(state="placed").update(due_at=clock.now())
        Post.objects.update(due_at=clock.now())
        tasks.follow_due()
        tasks.measure_posts()


@pytest.fixture
def live(post, alice, buy, demo) -> Live:
    """Order with alice's key and follow the order to its end."""

    def transcript(service: Service, params: dict[str, str]) -> Transcript:
        asked = {"action": "add", "service": str(service.pk), **params, "request_id": "r-1"}
        answered = post(key=alice.key, **asked).json
        statuses = [post(key=alice.key, action="status", **answered).json]
        for step in (buy, follow_to_the_end):
            step()
            statuses.append(post(key=alice.key, action="status", **answered).json)
        return Transcript(
            asked,
            answered,
            [call["params"] for call in demo.calls("add")],
            statuses,
            [
                (reference, wire(amount))
                for reference, amount in Entry.objects.filter(counter="sales")
                .order_by("id")
                .values_list("reference", "amount")
            ],
        )

    return transcript


def offer_of(kind: str) -> Offer:
    return next(each for each in OFFERS.values() if each.type == kind.strip())


@pytest.fixture
def sold(sell, upstream) -> Callable[[str], Service]:
    """Sell the demo provider's service of a type at twice its price."""

    def make(kind: str) -> Service:
        offer = offer_of(kind)
        service: Service = sell(
            *(wire(offer.rate * 2), upstream, str(offer.service)), type=offer.type, min=offer.min, max=offer.max
        )
        service.sources.update(cost=offer.rate)
        return service

    return make


@pytest.mark.parametrize("kind", [kind for kind in REQUESTS if kind != "Subscriptions"])
def test_is_bought_as_it_was_ordered_and_delivered(kind, sold, live):
    service, params = sold(kind), REQUESTS[kind][0]
    seen = live(service, params)

    assert seen.received == [{"service": str(offer_of(kind).service), **params}], "nothing more and nothing less"
    order = Order.objects.get()
    quantity = service.min if kind == "Package" else REQUESTS[kind][1]
    charge = service.rate * quantity / (1 if service.type in ONE_PRICE else 1000)
    assert (order.quantity, order.charge, order.shown_id) == (quantity, charge, seen.answered["order"])
    before, sent, after = ((each["status"], each["charge"], each["remains"]) for each in seen.statuses)
    assert before == ("pending", wire(charge), str(quantity))
    assert sent == ("processing", wire(charge), str(quantity))
    assert after == ("completed", wire(charge), "0")
    assert seen.entries == [(f"order:{order.pk}:charge", wire(-charge))]


@pytest.mark.parametrize(
    "kind", ["Default", "Package", "Custom Comments", "Custom Comments Package", "Comment Replies", "Web Traffic"]
)
def test_what_is_left_of_it_goes_back(kind, sold, live, demo):
    demo.control(next=["partial"])
    seen = live(sold(kind), REQUESTS[kind][0])
    order = Order.objects.get()
    kept = order.charge * (order.quantity - order.remains) / order.quantity
    # Of a quantity of 1, 60 % are nothing.
    assert seen.statuses[-1]["status"] == ("canceled" if order.quantity == 1 else "partial")
    assert seen.entries == [
        (f"order:{order.pk}:charge", wire(-order.charge)),
        (f"order:{order.pk}:refund:{wire(order.charge - kept)}", wire(order.charge - kept)),
    ]


def test_a_subscription_is_placed_as_such_and_each_of_its_posts_is_an_order(sold, live, demo):
    demo.control(post_seconds=0.05, minute_seconds=0.001)
    service, params = sold("Subscriptions"), REQUESTS["Subscriptions"][0] | {"posts": "3", "old_posts": "2"}
    seen = live(service, params)

    assert seen.received == [{"service": str(offer_of("Subscriptions").service), **params}]
    subscription = Order.objects.get(parent=None)
    assert (subscription.link, subscription.charge) == ("", service.rate * service.min / 1000)
    assert seen.statuses[-1]["status"] == "completed"
    posts = Order.objects.filter(parent=subscription)
    assert {each.status for each in posts} == {"completed"}
    assert len(posts) == 5
    taken = -sum(Decimal(amount) for _, amount in seen.entries)
    assert taken == service.rate * sum(each.quantity for each in posts) / 1000


def test_a_transcript_can_be_read(sold, live):
    told = live(sold("Poll"), REQUESTS["Poll"][0]).lines()
    assert '"answer_number": "7"' in told
    assert [line.partition(":")[0] for line in told.splitlines()] == [
        *("asked", "answered", "received", "statuses", "entries")
    ]
