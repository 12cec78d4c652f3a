"""docs/webhooks.md shows a body of every event, with the members and the kinds of values that are really sent."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

import wallets.operations
from api_v2 import exemplary_events
from kit import clock
from orders import tasks
from orders.models import Purchase
from orders.operations import cancel_and_refund, refills
from tests.orders.conftest import _the_books_agree, buy, demo, follow, order_of, upstream
from tests.orders.refilled import WHO, delivered, refill
from webhooks.kinds import KINDS
from webhooks.models import Delivery
from webhooks.operations.testing import send_test

__all__ = ["_the_books_agree", "buy", "delivered", "demo", "follow", "order_of", "refill", "upstream"]
PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "webhooks.md"
ULID = "[0-9A-HJKMNP-TV-Z]{26}"
SHAPES = {
    "an order's id": f"ord_{ULID}",
    "a refill's id": f"ref_{ULID}",
    "an amount": r"\d+\.\d{2,8}",
    "a whole number": r"\d+",
    "a moment": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
}
LITERAL = {"type", "status", "currency", "message"}


def section(title: str = "Events") -> str:
    """Return a section of the page."""
    return PAGE.read_text(encoding="utf-8").partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def shape(value: Any, name: str = "") -> Any:
    """Return a body with each value in place of it what kind of value it is."""
    if isinstance(value, dict):
        return {each: shape(of, each) for each, of in value.items()}
    if not isinstance(value, str):
        return type(value).__name__
    if name in LITERAL:
        return value
    return next((named for named, pattern in SHAPES.items() if re.fullmatch(pattern, value)), "text")


def test_the_table_says_when_each_happens():
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.+) \|$", section(), re.MULTILINE)
    assert rows == [("type", "when"), *KINDS.items()]


def test_the_bodies_are_the_examples_as_they_are_written():
    blocks = re.findall(r"^```json\n(.*?)^```", section(), re.MULTILINE | re.DOTALL)
    assert [orjson.loads(block) for block in blocks] == [exemplary_events.body(kind, "standard") for kind in KINDS]


def test_the_body_for_a_classic_key_is_as_that_dialect_writes_it():
    (block,) = re.findall(r"^```json\n(.*?)^```", section("A key of the classic dialect"), re.MULTILINE | re.DOTALL)
    assert orjson.loads(block) == exemplary_events.body("order.in_progress", "classic")


@pytest.mark.django_db(transaction=True)
def test_a_body_of_every_kind_is_shown_as_it_is_sent(alice, listen, order_of, delivered, refill, buy, demo):
    endpoint = listen(alice)
    first, second = delivered(), delivered()
    for order, decide in ((first, refills.complete), (second, refills.reject)):
        mine = refill(order)
        demo.control(next=["refill_pending"], action="refill")
        tasks.refill_due()
        decide(refill_id=mine.pk, **WHO)
    cancel_and_refund(order_id=order_of().pk, **WHO)
    for behaviour in ("refuse", "stuck"):
        demo.control(next=[behaviour])
        order = order_of()
        buy()
    Purchase.objects.filter(state="placed").update(due_at=clock.now())
    tasks.follow_due()
    cancel_and_refund(order_id=order.pk, **WHO)
    who = {"actor": "the test", "reason": "to be low"}
    wallets.operations.adjust(account_id=alice.id, amount=Decimal(-90), reference="low", **who)
    send_test(endpoint_id=endpoint.pk)

    bodies = Delivery.objects.filter(endpoint=endpoint).order_by("id").values_list("body", flat=True)
    sent = {body["type"]: shape(body) for body in map(orjson.loads, bodies)}
    blocks = re.findall(r"^```json\n(.*?)^```", section(), re.MULTILINE | re.DOTALL)
    shown = {body["type"]: shape(body) for body in map(orjson.loads, blocks)}
    assert list(shown) == list(KINDS)
    assert len(blocks) == len(KINDS)
    assert sent == shown
