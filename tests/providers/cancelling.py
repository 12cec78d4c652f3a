"""What a provider says of a request to cancel, in all the ways panels say it."""

import json
import socket
from urllib.parse import parse_qs

import pytest

from providers.cancelling import Canceling, CancelNews, NotCancelable
from providers.client import Client
from providers.following import NoNews
from providers.outcomes import BrokenAnswer, ProviderError, SlowDown, Unreachable
from tests.providers.ordering_once import HASTY, KEY, PATIENT
from tests.providers.scripted import ScriptedPanel, answering, silent

SAYS_NOTHING = NoNews("the provider says nothing of cancelling this order")


def cancel(answer: object, *ids: str) -> dict[str, CancelNews]:
    """Ask a panel that answers this to cancel; it is asked once."""
    with ScriptedPanel(answering(json.dumps(answer).encode())) as panel:
        found = Client(panel.url, KEY, PATIENT).cancel(ids)
    assert panel.connections == 1
    return found


def in_turn(*answers: object) -> tuple[ScriptedPanel, list[object]]:
    """Return a panel that gives these answers one after the other, and those it has yet to give."""
    left = list(answers)

    def script(connection: socket.socket) -> None:
        answering(json.dumps(left.pop(0)).encode())(connection)

    return ScriptedPanel(script), left


def asked(panel: ScriptedPanel) -> list[dict[str, list[str]]]:
    """Return the parameters of each call that reached the panel, without key and action."""
    forms = [parse_qs(request.partition(b"\r\n\r\n")[2].decode()) for request in panel.requests]
    return [{name: value for name, value in form.items() if name not in {"key", "action"}} for form in forms]


def test_reads_what_a_good_panel_says_of_a_batch() -> None:
    answer = [{"order": 9, "cancel": {"error": "Incorrect order ID"}}, {"order": 2, "cancel": 1}]
    assert cancel(answer, "2", "9", "5") == {
        "2": Canceling(),
        "9": NotCancelable("Incorrect order ID", not_found=True),
        "5": NoNews("the answer leaves this order out"),
    }


@pytest.mark.parametrize(
    "answer",
    [
        {"order": 2, "cancel": 1},
        {"cancel": "1"},
        {"cancel": True},
        {"cancel": "ord_01HG9X7KJP4N0000000000"},
        [{"id": "2", "cancel": "2"}],
        {"2": {"cancel": 1}},
        {"2": 1},
        {"2": "ok"},
        {"2": {"success": True}},
        {"2": {"status": "success"}},
        {"2": {"error": "The cancel request is already pending"}},
        {"2": {"cancel": {"error": "Order already canceled"}}},
    ],
)
def test_knows_every_way_to_say_that_it_cancels(answer: object) -> None:
    assert cancel(answer, "2") == {"2": Canceling()}


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ([{"order": "2", "error": "Order cannot be canceled"}], "Order cannot be canceled"),
        ({"2": "Cancel is disabled for this service"}, "Cancel is disabled for this service"),
        ({"2": {"cancel": 0}}, "the provider gives no reason"),
        ({"2": {"cancel": False}}, "the provider gives no reason"),
        ({"2": {"cancel": {"error": {"message": "Order already completed"}}}}, "Order already completed"),
        ({"error": "Order cannot be canceled"}, "Order cannot be canceled"),
    ],
)
def test_knows_every_way_to_say_that_it_does_not(answer: object, why: str) -> None:
    assert cancel(answer, "2") == {"2": NotCancelable(why)}


@pytest.mark.parametrize("item", [None, {}, [], {"cancel": None}, {"cancel": []}, 1.5])
def test_takes_nothing_for_granted_of_an_item_that_says_nothing(item: object) -> None:
    (news,) = cancel({"2": item}, "2").values()
    assert isinstance(news, NoNews)


@pytest.mark.parametrize("text", ["Internal server error", "Rate limit exceeded", "Insufficient balance"])
def test_an_error_that_is_not_about_the_order_decides_nothing(text: str) -> None:
    assert cancel([{"order": 2, "cancel": {"error": text}}], "2") == {"2": NoNews(f"the provider says: {text}")}


def test_never_guesses_which_order_an_unnamed_item_means() -> None:
    assert set(cancel([{"cancel": 1}, {"cancel": 1}], "2", "9").values()) == {
        NoNews("the answer leaves this order out")
    }


@pytest.mark.parametrize(
    "error",
    ["Incorrect order ID", "Missing required parameter: order", "The order field is required.", "order is missing"],
)
def test_asks_singly_where_a_panel_says_that_it_misses_the_order(error: str) -> None:
    panel, left = in_turn({"error": error}, {"cancel": 1}, {"error": "Order cannot be canceled"})
    with panel:
        found = Client(panel.url, KEY, PATIENT).cancel(["2", "9"])
    assert found == {"2": Canceling(), "9": NotCancelable("Order cannot be canceled")}
    assert asked(panel) == [{"orders": ["2,9"]}, {"order": ["2"]}, {"order": ["9"]}]
    assert left == []


@pytest.mark.parametrize("error", ["Incorrect request", "Incorrect action", "Cancel is not available", "Bad orders"])
def test_does_not_ask_singly_where_the_answer_does_not_say_so(error: str) -> None:
    panel, _ = in_turn({"error": error})
    with panel, pytest.raises(ProviderError) as raised:
        Client(panel.url, KEY, PATIENT).cancel(["2", "9"])
    assert (raised.value.text, raised.value.fault, panel.connections) == (error, False, 1)


def test_asks_for_ten_singly_and_leaves_the_others_for_later() -> None:
    ids = [str(number) for number in range(1, 31)]
    panel, _ = in_turn({"error": "Incorrect order ID"}, *[{"cancel": 1}] * 10)
    with panel:
        found = Client(panel.url, KEY, PATIENT).cancel(ids)
    assert [name for name in ids if found[name] == Canceling()] == ids[:10]
    assert found["11"] == NoNews("the provider takes one id a call; this one is for later")
    assert panel.connections == 11


def test_keeps_what_was_learnt_singly_before_the_line_broke() -> None:
    answers = [answering(b'{"error": "Incorrect order ID"}'), answering(b'{"cancel": 1}'), silent]

    def script(connection: socket.socket) -> None:
        answers.pop(0)(connection)

    with ScriptedPanel(script) as panel:
        found = Client(panel.url, KEY, HASTY).cancel(["1", "2", "3"])
    assert found == {
        "1": Canceling(),
        "2": NoNews("The provider cannot be reached: no whole answer within 0.5 s."),
        "3": NoNews("the provider takes one id a call; this one is for later"),
    }


def test_asks_for_a_repeated_id_once_and_for_nobody_at_all_without_one() -> None:
    panel, _ = in_turn([{"order": 2, "cancel": 1}])
    with panel:
        assert Client(panel.url, KEY, PATIENT).cancel(["2", "2"]) == {"2": Canceling()}
        assert Client(panel.url, KEY, PATIENT).cancel([]) == {}
    assert asked(panel) == [{"orders": ["2"]}]
    with pytest.raises(ValueError, match="a batch holds at most 100 ids"):
        Client(panel.url, KEY, PATIENT).cancel(list(map(str, range(101))))


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"<html>", "200 OK", BrokenAnswer),
        (b"", "200 OK", BrokenAnswer),
        (b"[]", "500 Oops", BrokenAnswer),
        (b"{}", "429 Too Many Requests", SlowDown),
        (b'{"error": "Rate limit exceeded"}', "200 OK", SlowDown),
        (b'{"error": "Invalid API key"}', "200 OK", ProviderError),
    ],
)
def test_an_answer_about_no_order_is_an_error_of_the_call(body: bytes, status: str, kind: type[Exception]) -> None:
    with ScriptedPanel(answering(body, status)) as panel, pytest.raises(kind):
        Client(panel.url, KEY, PATIENT).cancel(["1", "2"])


def test_a_provider_that_does_not_answer_is_unreachable() -> None:
    with ScriptedPanel(silent) as panel, pytest.raises(Unreachable):
        Client(panel.url, KEY, HASTY).cancel(["1"])


def test_our_key_is_struck_out_of_what_a_provider_says() -> None:
    found = cancel([{"order": 1, "cancel": {"error": f"no {KEY}"}}, {"order": 2, "cancel": f"hm {KEY}"}], "1", "2")
    assert found == {"1": NotCancelable("no [key]"), "2": NoNews("the provider says: hm [key]")}
