"""The orders as a file: what the list shows, all of it, a part at a time."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import orders.listing
from kit.csv_lines import PIECE
from orders.models import Order
from orders.operations import place
from tests.conftest import MakeService, Person, Time
from tests.dashboard.orders.conftest import PlaceFor
from tests.dashboard.orders.listing_orders import listed

pytestmark = pytest.mark.django_db
CSV = "/dashboard/orders.csv"


def rows(client: Client, query: str = "") -> list[dict[str, str]]:
    answer: Any = client.get(f"{CSV}{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_says_all_of_an_order(alices: Client, alice: Person, order_for: PlaceFor) -> None:
    order = order_for(alice, name="Likes, quick", link="https://example.com/?a=1,2")
    at = datetime(2026, 5, 1, 12, 30, 15, tzinfo=UTC)
    Order.objects.filter(pk=order.pk).update(
        status="partial", refunded="0.3", remains=333, start_count=7, created_at=at, ended_at=at
    )
    assert rows(alices) == [
        {
            "order": order.shown_id,
            "number": str(order.pk),
            "placed_at": "2026-05-01 12:30:15",
            "status": "partial",
            "service": str(order.service_id),
            "service_name": "Likes, quick",
            "type": "Default",
            "link": "https://example.com/?a=1,2",
            "username": "",
            "quantity": "1000",
            "runs": "1",
            "start_count": "7",
            "remains": "333",
            "charge_usd": "0.90",
            "refunded_usd": "0.30",
            "kept_usd": "0.60",
            "subscription": "",
        }
    ]


def test_is_a_file_with_the_days_name(alices: Client, time: Time) -> None:
    answer = alices.get(CSV)
    day = datetime.fromtimestamp(time.at, UTC).date()
    assert answer.headers["Content-Disposition"] == f'attachment; filename="orders-{day}.csv"'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"


@pytest.fixture
def various(alice: Person, bob: Person, order_for: PlaceFor, sell: MakeService) -> list[Order]:
    views = sell(name="Views", remote_id="2")
    made = [order_for(alice), order_for(alice, service=views), order_for(alice, link="https://example.com/other")]
    order_for(bob)
    ended = datetime(2026, 5, 2, tzinfo=UTC)
    Order.objects.filter(pk=made[0].pk).update(status="completed", ended_at=ended, created_at=ended)
    return made


@pytest.mark.parametrize("query", ["", "?status=completed", "?since=2026-05-03", "?link=https://example.com/other"])
def test_has_what_the_list_has(alices: Client, various: list[Order], query: str) -> None:
    exported = [row["order"] for row in rows(alices, query)]
    assert exported == listed(alices, query)
    assert exported


def test_has_what_the_list_has_of_a_service(alices: Client, various: list[Order]) -> None:
    assert [row["order"] for row in rows(alices, f"?service={various[1].service_id}")] == [various[1].shown_id]


def test_a_filter_that_cannot_be_read_exports_nothing_and_says_so(alices: Client, various: list[Order]) -> None:
    answer = alices.get(f"{CSV}?service=x&status=completed")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/dashboard/orders?service=x&status=completed")


def test_a_link_that_looks_like_a_formula_is_text(alices: Client, alice: Person, sell: MakeService) -> None:
    params = {"username": "=HYPERLINK(1)", "min": "50", "max": "60", "delay": "5"}
    place(account_id=alice.id, params={"service": str(sell(type="Subscriptions").pk), **params}, request_id="r-1")
    assert rows(alices)[0]["username"] == "'=HYPERLINK(1)"


@pytest.fixture
def many(alice: Person, order_for: PlaceFor, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """More orders than fit into a chunk, and into a piece."""
    monkeypatch.setattr(orders.listing, "CHUNK", 10)
    first = order_for(alice)
    link = "https://example.com/" + "x" * 900
    copies = [
        Order(**{each.attname: getattr(first, each.attname) for each in Order._meta.concrete_fields} | changes)
        for number in range(95)
        for changes in [{"id": None, "public_id": f"00000000-0000-0000-0000-{number:012}", "link": link}]
    ]
    Order.objects.bulk_create(copies)
    return [first.shown_id, *(each.shown_id for each in Order.objects.exclude(pk=first.pk))]


def pieces(client: Client) -> Iterator[bytes]:
    answer: Any = client.get(CSV)
    return iter(answer.streaming_content)


def test_is_read_as_it_is_sent(alices: Client, many: list[str]) -> None:
    sent = pieces(alices)
    with CaptureQueriesContext(connection) as seen:
        first = next(sent)
        at_first = len(seen)
        rest = b"".join(sent)
    assert PIECE <= len(first) < 2 * PIECE
    assert at_first < len(seen) // 2, "what is not sent yet is not read yet"
    assert len(seen) > len(many) // 10
    assert (first + rest).count(b"\r\n") == len(many) + 1


def test_nothing_more_is_read_once_nobody_listens(alices: Client, many: list[str]) -> None:
    answer: Any = alices.get(CSV)
    with CaptureQueriesContext(connection) as seen:
        next(iter(answer.streaming_content))
        read = len(seen)
        answer.close()
        assert b"".join(answer.streaming_content) == b""
    assert len(seen) == read
