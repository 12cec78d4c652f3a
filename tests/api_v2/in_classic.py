"""A key of the classic dialect, whose every answer is decoded as a typed client would."""

from collections.abc import Callable
from typing import Any

import pytest

import accounts.operations
from kit import clock, ids
from orders.models import Order, Purchase
from orders.operations.settling import settle
from tests.api_v2.classic_shapes import ALONE, BATCH, ERROR
from tests.api_v2.decoder import decoded, either
from tests.conftest import Person, Post

REMAINS = {"completed": 0, "partial": 400}


@pytest.fixture
def classic(alice: Person) -> str:
    """A key of alice's that speaks the classic dialect, beside her standard one."""
    _, value = accounts.operations.issue_key(account_id=alice.id, dialect="classic")
    return value


Ask = Callable[..., Any]


@pytest.fixture
def ask(post: Post, classic: str) -> Ask:
    """Ask with the classic key and decode what comes: `ask("status", order=1)`. Every answer of it is a 200."""

    def send(action: str, **form: Any) -> Any:
        answer = post(key=classic, action=action, **form)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json"), answer.body
        batch = "orders" in form or "refills" in form
        return decoded(answer.body, either((BATCH if batch else ALONE)[action], ERROR))

    return send


@pytest.fixture
def ended(add: Callable[..., Any], alice: Person, sell: Callable[..., Any]) -> Callable[..., Order]:
    """Place an order of 1000 of alice's for 0.90 at a service that refills, and have it delivered: all, or 600."""

    def make(status: str = "completed", **service: Any) -> Order:
        answer = add(alice, request_id=str(ids.new_id()), service=sell(**{"refill": True, **service}).pk)
        order = Order.objects.get(public_id=str(ids.parsed("ord", answer.json["order"])))
        Purchase.objects.filter(order=order).update(
            state="done", reported=status, remains=REMAINS.get(status, 1000), provider_order_id=f"p-{order.pk}"
        )
        settle(order.pk)
        order.refresh_from_db()
        return order

    return make


@pytest.fixture
def waiting(add: Callable[..., Any], alice: Person) -> Callable[[], Order]:
    """Place an order of 1000 of alice's for 0.90, of which nothing has been sent."""

    def make() -> Order:
        answer = add(alice, request_id=str(ids.new_id()))
        return Order.objects.get(public_id=str(ids.parsed("ord", answer.json["order"])))

    return make


def called(order: Order, status: str, **members: Any) -> None:
    """Have the order be of this status."""
    over = clock.now() if status in {"completed", "partial", "canceled", "failed"} else None
    Order.objects.filter(pk=order.pk).update(status=status, ended_at=over, **members)
