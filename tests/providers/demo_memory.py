"""What of the demo provider outlives a restart, and what it says where it cannot start."""

import os
import stat
import threading
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from providers.cancelling import Canceling
from providers.demo.journal import Journal, JournalError
from providers.demo.running import CannotServe, DemoProvider, key_from, serve
from providers.outcomes import Placed
from providers.refilling import RefillNews, RefillStarted
from tests.providers.at_the_demo import buy, client


def test_orders_and_balance_outlive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    with DemoProvider(state=state, delivery_seconds=3600) as demo:
        buy(demo)
        demo.control(next=["cancel"])
        buy(demo)
        before = demo.orders()
    with DemoProvider(state=state) as demo:
        assert [row["order"] for row in demo.orders()] == [1, 2]
        assert [row["placed_at"] for row in demo.orders()] == [row["placed_at"] for row in before]
        assert getattr(client(demo).status("1"), "status", "") == "pending"
        assert client(demo).balance() == (Decimal("999999.82"), "USD")
        assert buy(demo) == Placed("3", '{"order": 3}')


def test_cancels_and_refills_outlive_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    with DemoProvider(state=state, delivery_seconds=0) as demo:
        demo.control(refill_seconds=3600)
        buy(demo)
        assert client(demo).refill("1") == RefillStarted("1")
        demo.control(delivery_seconds=3600)
        buy(demo)
        assert client(demo).cancel(["2"]) == {"2": Canceling()}
        before = demo.orders()
    with DemoProvider(state=state) as demo:
        assert demo.orders() == before
        assert client(demo).balance() == (Decimal("999999.91"), "USD")
        assert client(demo).refill_statuses(["1"]) == {"1": RefillNews("pending", "Pending")}


def test_reads_a_journal_of_the_first_version(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    state.write_text(
        '{"order": 1, "service": 1, "link": "https://example.com/a", "quantity": 100, "charge": "0.0900",'
        ' "placed_at": 0.0, "delivery_seconds": 6.0, "behaviour": "partial"}\n'
    )
    with DemoProvider(state=state) as demo:
        assert [(row["order"], row["status"], row["kept"]) for row in demo.orders()] == [(1, "Partial", "0.0540")]
        assert client(demo).balance()[0] == Decimal("999999.946")


def test_a_torn_last_line_is_forgotten_and_nothing_else(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    with DemoProvider(state=state) as demo:
        buy(demo)
        buy(demo)
    whole = state.read_bytes()
    state.write_bytes(whole[:-10])
    with DemoProvider(state=state) as demo:
        assert [row["order"] for row in demo.orders()] == [1]
        assert buy(demo) == Placed("2", '{"order": 2}')
    with DemoProvider(state=state) as demo:
        assert [row["order"] for row in demo.orders()] == [1, 2]


def test_a_broken_line_in_the_middle_is_named_and_left_alone(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    state.write_text('{"order": 1}\n')
    with pytest.raises(JournalError, match=r"line 1 of .*orders\.jsonl cannot be read"):
        DemoProvider(state=state)
    assert state.read_text() == '{"order": 1}\n'


def test_two_do_not_share_one_file(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    with DemoProvider(state=state), pytest.raises(JournalError, match="another demo provider is using"):
        Journal(state)


def test_makes_its_key_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "home" / "demo-provider.key"
    key = key_from(path)
    assert key.startswith("demo_")
    assert stat.S_IMODE(os.stat(path).st_mode) == 0o600
    assert key_from(path) == key
    path.write_text("")
    with pytest.raises(CannotServe, match="holds no key"):
        key_from(path)


def test_says_what_to_do_where_the_port_is_taken(demo: DemoProvider, tmp_path: Path) -> None:
    port = urlsplit(demo.url).port or 0
    with pytest.raises(CannotServe, match="choose another port with --port"):
        serve("127.0.0.1", port, key="k", state=tmp_path / "orders.jsonl", ready=print, stop=threading.Event())
