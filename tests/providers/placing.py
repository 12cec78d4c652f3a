"""Every way `add` can end, on real sockets: what may be sent again, and what may not."""

import json
from urllib.parse import parse_qs

import pytest

from providers.client import Client
from providers.outcomes import NotSent, Placed, Refused, Unknown
from tests.providers.ordering_once import KEY, PATIENT, add, outcome_of
from tests.providers.scripted import (
    ScriptedPanel,
    answering,
    sending,
)


def test_sends_one_form_with_key_action_and_every_parameter() -> None:
    with ScriptedPanel(answering(b'{"order": 1}')) as panel:
        add(panel.url)
    head, _, body = panel.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /api/v2 HTTP/1.1\r\n")
    assert f"Host: 127.0.0.1:{panel.port}".encode() in head
    assert parse_qs(body.decode()) == {
        "key": [KEY],
        "action": ["add"],
        "service": ["7"],
        "link": ["https://example.com/ä?a=1&b=2"],
        "quantity": ["100"],
    }


@pytest.mark.parametrize(
    ("order", "kept"),
    [
        ("23501", "23501"),
        ('"23501"', "23501"),
        ("23501.0", "23501"),
        ('" 23501 "', "23501"),
        ('"ord_01HG9X7KJP4N"', "ord_01HG9X7KJP4N"),
        ('"' + "x" * 64 + '"', "x" * 64),
        ("9" * 40, "9" * 40),
    ],
)
def test_keeps_the_order_id_as_text(order: str, kept: str) -> None:
    body = f'{{"order": {order}}}'
    assert outcome_of(answering(body.encode())) == Placed(kept, body)


@pytest.mark.parametrize(
    "order",
    [
        "true",
        "false",
        "null",
        '""',
        '"  "',
        "0",
        '"0"',
        "-1",
        '"-1"',
        '"-x"',
        "1.5",
        "NaN",
        "1e999",
        '"null"',
        '"a,b"',
        '"a b"',
        '"a\\u0000b"',
        '"' + "x" * 65 + '"',
        "[1]",
        '{"id": 1}',
        "9" * 5000,
    ],
)
def test_takes_no_nonsense_for_an_order_id(order: str) -> None:
    outcome = outcome_of(answering(f'{{"order": {order}}}'.encode()))
    assert outcome == Unknown("the provider answered HTTP 200 without an order id", outcome.answer)


@pytest.mark.parametrize("body", [b"[]", b"{}", b"null", b"1", b'"ok"', b'{"status": "success"}', b'{"error": ""}'])
def test_an_answer_without_an_order_is_unknown(body: bytes) -> None:
    expected = Unknown("the provider answered HTTP 200 without an order id", body.decode())
    assert outcome_of(answering(body)) == expected


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"", "an empty answer"),
        (b"  \n", "an empty answer"),
        (b"<html>Just a moment...</html>", "a web page instead of JSON"),
        (b'<br />Notice: x<br />{"order": 1}', "a web page instead of JSON"),
        (b'{"order": 12', "something that is not JSON"),
        (b"OK", "something that is not JSON"),
        (b"[" * 100_000, "something that is not JSON"),
        (b"\xff\xfe\x00", "something that is not JSON"),
    ],
)
def test_an_answer_that_is_not_json_is_unknown(body: bytes, what: str) -> None:
    outcome = outcome_of(answering(body))
    assert outcome == Unknown(f"the provider answered HTTP 200 with {what}", outcome.answer)


@pytest.mark.parametrize("status", ["500 Oops", "502 Bad Gateway", "503 Busy", "504 Late", "302 Found", "304 Same"])
def test_a_server_error_or_a_redirect_is_unknown_even_with_an_order_or_an_error_in_it(status: str) -> None:
    for body in (b'{"order": 1}', b'{"error": "Not enough funds on balance"}'):
        script = sending(f"HTTP/1.1 {status}\r\nConnection: close\r\n\r\n".encode() + body)
        assert isinstance(outcome_of(script), Unknown)


def test_a_redirect_is_not_followed() -> None:
    with ScriptedPanel(answering(b'{"order": 1}')) as elsewhere:
        moved = answering(b"", "307 Temporary Redirect", f"Location: {elsewhere.url}\r\n")
        assert isinstance(outcome_of(moved), Unknown)
    assert elsewhere.connections == 0


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "400 Bad Request"])
def test_a_web_page_is_unknown_whatever_its_status(status: str) -> None:
    assert isinstance(outcome_of(answering(b"<html>Access denied</html>", status)), Unknown)


@pytest.mark.parametrize("status", ["200 OK", "400 Bad Request", "403 Forbidden", "422 Unprocessable"])
def test_an_error_is_read_whatever_its_status(status: str) -> None:
    body = b'{"error": "Quantity less than minimal 50"}'
    assert outcome_of(answering(body, status)) == Refused("Quantity less than minimal 50", body.decode())


def test_429_is_sent_again_later_whatever_it_says() -> None:
    for body in (b'{"error": "Rate limit exceeded"}', b"<html>slow down</html>", b'{"order": 5}', b""):
        expected = NotSent("the provider asks for fewer calls (HTTP 429)", body.decode())
        assert outcome_of(answering(body, "429 Too Many Requests")) == expected


def test_an_order_and_an_error_at_once_is_unknown() -> None:
    body = '{"order": 5, "error": "Not enough funds on balance"}'
    expected = Unknown("the provider answered an order and an error at once", body)
    assert outcome_of(answering(body.encode())) == expected


@pytest.mark.parametrize("empty", ["null", '""', "false", "[]"])
def test_an_empty_error_beside_an_order_is_none(empty: str) -> None:
    body = f'{{"order": 5, "error": {empty}}}'
    assert outcome_of(answering(body.encode())) == Placed("5", body)


@pytest.mark.parametrize(
    "body",
    [
        {"error": ["Bad link"]},
        {"error": {"message": "Bad link"}},
        {"errors": {"link": ["Bad link"]}},
        {"success": False, "message": "Bad link"},
        {"status": "error", "msg": "Bad link"},
        {"error": True, "message": "Bad link"},
        {"order": None, "error": "Bad link"},
        {"order": 0, "error": "Bad link"},
    ],
)
def test_reads_an_error_in_every_shape_panels_give_it(body: dict[str, object]) -> None:
    text = json.dumps(body)
    assert outcome_of(answering(text.encode())) == Refused("Bad link", text)


def test_a_body_beyond_a_megabyte_is_unknown() -> None:
    outcome = outcome_of(answering(b'{"order": 1}' + b" " * 1_000_000))
    assert isinstance(outcome, Unknown)
    assert outcome.why == "the answer is longer than 1,000,000 bytes"
    assert outcome.answer.startswith('{"order": 1}')


def test_keeps_at_most_two_kilobytes_of_the_answer() -> None:
    outcome = outcome_of(answering(b'{"order": 1, "x": "' + "ä".encode() * 5000 + b'"}'))
    assert isinstance(outcome, Placed)
    assert len(outcome.answer.encode()) in (1999, 2000)


@pytest.mark.parametrize(
    "echo",
    [
        '{"error": "Bad link for our/secret key"}',
        '{"order": 1, "url": "?key=our%2Fsecret%20key"}',
        '{"order": 1, "key": "our\\/secret key"}',
        "<p>our/secret key</p>",
    ],
)
def test_never_keeps_our_key(echo: str) -> None:
    outcome = outcome_of(answering(echo.encode()))
    assert "[key]" in outcome.answer
    assert "secret" not in repr(outcome)


def test_an_order_keeps_no_nul_and_no_broken_unicode() -> None:
    outcome = outcome_of(answering(b'{"error": "Bad\\u0000 link \\ud800"}\x00'.rstrip(b"\x00")))
    assert isinstance(outcome, Refused)
    assert outcome.why == "Bad link ?"
    assert "\x00" not in outcome_of(answering(b'{"order": 1}\x00')).answer


def test_every_order_has_a_connection_of_its_own() -> None:
    with ScriptedPanel(answering(b'{"order": 1}', headers="Connection: keep-alive\r\n")) as panel:
        client = Client(panel.url, KEY, PATIENT)
        client.add(service="1")
        client.add(service="1")
    assert panel.connections == 2


def test_key_and_action_cannot_be_overwritten() -> None:
    with pytest.raises(ValueError, match="the client itself sends key and action"):
        Client("http://127.0.0.1:9/", KEY).add(action="balance")


def test_the_key_is_not_in_the_client_as_printed() -> None:
    assert KEY not in repr(Client("http://127.0.0.1:9/", KEY))
