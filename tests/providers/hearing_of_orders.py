"""What a provider says of its orders, in all the ways panels say it."""

import json
import socket
from decimal import Decimal

import pytest

from providers.client import Client
from providers.following import News, NoNews, NotFound, StatusNews
from providers.outcomes import BrokenAnswer, CallFailed, ProviderError, SlowDown, Unreachable
from tests.providers.ordering_once import HASTY, KEY, PATIENT
from tests.providers.scripted import ScriptedPanel, answering, closed_port, silent


def status(answer: object) -> News:
    """Ask for order 1 at a panel that answers this."""
    with ScriptedPanel(answering(json.dumps(answer).encode())) as panel:
        return Client(panel.url, KEY, PATIENT).status("1")


def statuses(answer: object, *ids: str) -> dict[str, News]:
    with ScriptedPanel(answering(json.dumps(answer).encode())) as panel:
        found = Client(panel.url, KEY, PATIENT).statuses(ids)
    assert panel.connections == 1
    return found


def test_reads_what_a_good_panel_says() -> None:
    good = {"charge": "0.50", "start_count": "1234", "status": "In progress", "remains": "650", "currency": "USD"}
    assert status(good) == StatusNews("in_progress", 650, 1234, Decimal("0.50"), "In progress")


@pytest.mark.parametrize(
    ("spelled", "word"),
    [
        ("Pending", "pending"),
        ("In queue", "pending"),
        ("Processing", "processing"),
        ("In progress", "in_progress"),
        ("Inprogress", "in_progress"),
        ("in_progress", "in_progress"),
        ("IN-PROGRESS ", "in_progress"),
        ("Completed", "completed"),
        ("complete", "completed"),
        ("Partial", "partial"),
        ("Partially completed", "partial"),
        ("Canceled", "canceled"),
        ("Cancelled", "canceled"),
        ("Refunded", "canceled"),
        ("Fail", "canceled"),
        ("failed", "canceled"),
    ],
)
def test_knows_every_spelling_of_a_status(spelled: str, word: str) -> None:
    assert status({"status": spelled}) == StatusNews(word, said=spelled.strip())


@pytest.mark.parametrize("spelled", ["Telepathic", "", 3, "3", None, True, ["Completed"], {"a": 1}, "завершён"])
def test_a_status_it_does_not_know_changes_nothing(spelled: object) -> None:
    news = status({"status": spelled, "remains": "5"})
    assert isinstance(news, StatusNews)
    assert (news.status, news.remains) == (None, 5)


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        (650, 650),
        ("650", 650),
        (" 650 ", 650),
        (650.0, 650),
        ("650.0", 650),
        ("650.00", 650),
        (0, 0),
        ("0", 0),
        (-7, 0),
        ("-7", 0),
        (None, None),
        ("", None),
        ("many", None),
        ("6,5", None),
        (6.5, None),
        (True, None),
        ([650], None),
        ({}, None),
        (10**30, None),
        ("9" * 500, None),
        (1e300, None),
        ("1_000", None),
        ("٣", None),
    ],
)
def test_reads_remains_however_it_is_written(sent: object, read: int | None) -> None:
    assert status({"status": "Completed", "remains": sent}) == StatusNews("completed", read, said="Completed")


@pytest.mark.parametrize(
    ("sent", "read"),
    [("0.27819", "0.27819"), (0.27819, "0.27819"), (1, "1"), ("-1", None), ("$1", None), (None, None), ("NaN", None)],
)
def test_reads_the_charge_exactly_or_not_at_all(sent: object, read: str | None) -> None:
    charge = None if read is None else Decimal(read)
    assert status({"status": "Pending", "charge": sent}) == StatusNews("pending", charge=charge, said="Pending")


def test_a_number_beyond_every_float_is_no_number() -> None:
    with ScriptedPanel(answering(b'{"status": "Pending", "remains": 1e99999999, "charge": Infinity}')) as panel:
        assert Client(panel.url, KEY, PATIENT).status("1") == StatusNews("pending", said="Pending")


@pytest.mark.parametrize(
    "error", ["Incorrect order ID", "Order not found", "incorrect order id.", "Invalid order ID", "Wrong order"]
)
def test_an_order_it_does_not_know_is_an_answer_not_an_error(error: str) -> None:
    assert status({"error": error}) == NotFound(error)
    assert statuses({"1": {"error": error}, "2": error}, "1", "2") == {"1": NotFound(error), "2": NotFound(error)}


def test_reads_a_batch_given_as_an_object() -> None:
    found = statuses({"1": {"status": "Completed"}, "3": {"error": "Incorrect order ID"}}, "1", "2", "3")
    assert found == {
        "1": StatusNews("completed", said="Completed"),
        "2": NoNews("the answer leaves this order out"),
        "3": NotFound("Incorrect order ID"),
    }


@pytest.mark.parametrize("member", ["order", "id", "order_id"])
def test_reads_a_batch_given_as_a_list_that_names_its_orders(member: str) -> None:
    found = statuses([{member: 2, "status": "Partial", "remains": 4}, "?", {"status": "Completed"}], "1", "2")
    assert found == {"1": NoNews("the answer leaves this order out"), "2": StatusNews("partial", 4, said="Partial")}


def test_never_guesses_which_order_an_unnamed_item_means() -> None:
    found = statuses([{"status": "Canceled"}, {"status": "Completed"}], "1", "2")
    assert found == dict.fromkeys("12", NoNews("the answer leaves this order out"))


def test_reads_a_batch_of_one_answered_as_a_single_order() -> None:
    assert statuses({"status": "Completed"}, "1") == {"1": StatusNews("completed", said="Completed")}


@pytest.mark.parametrize("item", [None, 5, True, [], [1]])
def test_an_item_that_is_no_object_is_no_news(item: object) -> None:
    assert statuses({"1": item}, "1") == {"1": NoNews("the answer for this order is not an object")}


def test_another_error_of_one_item_is_no_news_of_it_alone() -> None:
    found = statuses({"1": {"error": "Try later"}, "2": {"status": "Completed"}}, "1", "2")
    assert found == {"1": NoNews("the provider says: Try later"), "2": StatusNews("completed", said="Completed")}


def test_asks_by_halves_where_a_panel_refuses_the_whole_batch_for_one_id() -> None:
    bodies = [
        b'{"error": "Incorrect order ID"}',
        b'{"1": {"status": "Completed"}, "2": {"status": "Pending"}}',
        b'{"error": "Incorrect order ID"}',
        b'{"error": "Incorrect order ID"}',
        b'{"4": {"status": "Partial"}}',
    ]

    def one_after_the_other(connection: socket.socket) -> None:
        answering(bodies.pop(0))(connection)

    with ScriptedPanel(one_after_the_other) as panel:
        found = Client(panel.url, KEY, PATIENT).statuses(["1", "2", "3", "4"])
    assert found == {
        "1": StatusNews("completed", said="Completed"),
        "2": StatusNews("pending", said="Pending"),
        "3": NotFound("Incorrect order ID"),
        "4": StatusNews("partial", said="Partial"),
    }
    assert bodies == []


def test_asks_for_a_hundred_at_once_and_no_more() -> None:
    ids = [str(number) for number in range(1, 101)]
    assert len(statuses({name: {"status": "Pending"} for name in ids}, *ids)) == 100
    with pytest.raises(ValueError, match="a batch holds at most 100 ids"):
        Client("http://127.0.0.1:9/", KEY).statuses([*ids, "101"])


def test_asks_nobody_for_no_orders() -> None:
    assert Client(f"http://127.0.0.1:{closed_port()}/", KEY).statuses([]) == {}


def failure(body: bytes, status: str = "200 OK") -> CallFailed:
    with ScriptedPanel(answering(body, status)) as panel, pytest.raises(CallFailed) as raised:
        Client(panel.url, KEY, PATIENT).statuses(["1", "2"])
    return raised.value


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"<html>", "200 OK", "The provider answered HTTP 200 with a web page instead of JSON."),
        (b"", "200 OK", "The provider answered HTTP 200 with an empty answer."),
        (b"null", "200 OK", "The provider answered HTTP 200 with JSON that says nothing."),
        (b"<html>", "502 Bad Gateway", "The provider answered HTTP 502 with a web page instead of JSON."),
        (b'{"error": "Oops"}', "500 Oops", "The provider answered HTTP 500 with JSON that says nothing."),
        (b"{}", "302 Found", "The provider answered HTTP 302 with JSON that says nothing."),
    ],
)
def test_an_answer_that_is_not_the_protocol_is_said_to_be_broken(body: bytes, status: str, sentence: str) -> None:
    error = failure(body, status)
    assert isinstance(error, BrokenAnswer)
    assert str(error) == sentence


@pytest.mark.parametrize(("text", "fault"), [("Invalid API key", True), ("Incorrect request", False)])
def test_an_error_of_the_protocol_says_whether_it_concerns_our_account(text: str, fault: bool) -> None:
    error = failure(json.dumps({"error": text}).encode(), "403 Forbidden")
    assert isinstance(error, ProviderError)
    assert (error.text, error.fault, str(error)) == (text, fault, f"The provider says: {text}")


def test_429_asks_us_to_slow_down() -> None:
    error = failure(b"{}", "429 Too Many Requests")
    assert isinstance(error, SlowDown)
    assert str(error) == "The provider asks for fewer calls (HTTP 429)."


def test_a_provider_that_is_not_there_is_unreachable() -> None:
    port = closed_port()
    with pytest.raises(Unreachable) as raised:
        Client(f"http://127.0.0.1:{port}/", KEY).status("1")
    assert str(raised.value) == f"The provider cannot be reached: 127.0.0.1 refuses connections on port {port}."


def test_a_provider_that_does_not_answer_is_unreachable() -> None:
    with ScriptedPanel(silent) as panel, pytest.raises(Unreachable) as raised:
        Client(panel.url, KEY, HASTY).status("1")
    assert str(raised.value) == "The provider cannot be reached: no whole answer within 0.5 s."


def test_our_key_is_struck_out_of_what_a_provider_says() -> None:
    assert status({"1": 1, "error": f"Order not found for {KEY}"}) == NotFound("Order not found for [key]")
    assert statuses({"1": {"error": f"{KEY}?"}}, "1") == {"1": NoNews("the provider says: [key]?")}
    assert "secret" not in str(failure(json.dumps({"error": f"Bad {KEY}"}).encode()))
