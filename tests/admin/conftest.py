"""An operator who is logged in, and orders for him to look at."""

import itertools
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import strip_tags

from accounts.models import User
from accounts.operations import create_operator
from events.models import Event
from kit import clock
from orders.models import Order, Purchase
from orders.operations import place
from orders.operations.settling import settle
from wallets.models import Entry, Wallet

request_ids = itertools.count(1)


@pytest.fixture
def operator(tiers: None) -> User:
    """Bob, who runs the panel."""
    return create_operator(email="bob@panel.example", password=None)


@pytest.fixture
def bobs(client: Client, operator: User) -> Client:
    """Bob's browser, logged in."""
    client.force_login(operator)
    return client


PlaceOrder = Callable[..., Order]


@pytest.fixture
def ordered(alice, service) -> PlaceOrder:
    """Place an order of 1000 at 0.90 with alice; `state="unknown"` moves its purchase there."""

    def make(state: str = "queued", **fields: Any) -> Order:
        placed = place(
            account_id=fields.pop("account_id", alice.id),
            params={"service": str(service.pk), "link": "https://example.com/p", "quantity": "1000"} | fields,
            request_id=f"admin-{next(request_ids)}",
        )
        if state != "queued":
            Purchase.objects.filter(order=placed.id).update(
                state=state,
                claimed_at=clock.now(),
                sent={"service": "1", "quantity": "1000"},
                answer="<html>502</html>",
            )
            settle(placed.id)
        return Order.objects.get(pk=placed.id)

    return make


def text(answer: Any) -> str:
    """What a person reads of a page, in one line."""
    return " ".join(unescape(strip_tags(answer.content.decode())).split())


def state_of_things() -> list[Any]:
    """Every row that an action could change, for "and nothing changed"."""
    models = (User, Wallet, Entry, Order, Purchase, Event)
    return [list(model.objects.order_by("pk").values()) for model in models]


def statements(ask: Callable[[], Any]) -> tuple[HttpResponse, list[str]]:
    """Return the answer, and the SQL it took."""
    with CaptureQueriesContext(connection) as captured:
        answer = ask()
    return answer, [each["sql"] for each in captured.captured_queries]
