"""What a provider says of refills: of asking for one, and of one that it has begun."""

import json

import pytest

from providers.client import Client
from providers.following import NoNews, NotFound
from providers.outcomes import BrokenAnswer, ProviderError, SlowDown
from providers.refilling import RefillNews, RefillOutcome, RefillPending, RefillRefused, RefillStarted, RefillTold
from tests.providers.cancelling import asked, in_turn
from tests.providers.ordering_once import KEY, PATIENT
from tests.providers.scripted import ScriptedPanel, answering


def refill(answer: object) -> RefillOutcome:
    """Ask a panel that answers this to refill order 1."""
    with ScriptedPanel(answering(json.dumps(answer).encode())) as panel:
        return Client(panel.url, KEY, PATIENT).refill("1")


def statuses(answer: object, *ids: str) -> dict[str, RefillTold]:
    with ScriptedPanel(answering(json.dumps(answer).encode())) as panel:
        found = Client(panel.url, KEY, PATIENT).refill_statuses(ids)
    assert panel.connections == 1
    return found


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        ({"refill": "1"}, "1"),
        ({"refill": 17}, "17"),
        ({"refill": "ref_01HG9XAZQM"}, "ref_01HG9XAZQM"),
        ({"order": 1, "refill": 17}, "17"),
        ({"refill_id": 17}, "17"),
        ({"refill": {"id": 17}}, "17"),
    ],
)
def test_a_refill_that_was_begun_has_an_id(answer: object, name: str) -> None:
    assert refill(answer) == RefillStarted(name)


@pytest.mark.parametrize(
    "text",
    [
        "The refill task is not completed for this order",
        "A refill is already pending for this order",
        "Refill already requested",
        "You already have an active refill",
        "Refill in progress",
    ],
)
def test_a_refill_that_is_under_way_without_an_id_is_pending(text: str) -> None:
    assert refill({"error": text}) == RefillPending(text)
    assert refill({"refill": {"error": text}}) == RefillPending(text)


@pytest.mark.parametrize("answer", [{"refill": True}, {"refill": "success"}])
def test_a_refill_that_was_taken_without_an_id_is_pending(answer: object) -> None:
    assert refill(answer) == RefillPending("the provider took it and gave no id")


@pytest.mark.parametrize(
    "text",
    [
        "Refill is disabled for this service",
        "The order is not completed",
        "Refill days are over",
        "Incorrect order ID",
        "Order not found",
    ],
)
def test_a_refusal_is_one_however_it_is_wrapped(text: str) -> None:
    assert refill({"error": text}) == RefillRefused(text)
    assert refill({"refill": {"error": text}}) == RefillRefused(text)
    assert refill({"refill": "Refill not available"}) == RefillRefused("Refill not available")


@pytest.mark.parametrize("answer", [{}, {"refill": None}, {"refill": 0}, {"refill": []}, {"refill": "soon"}, [], 5.5])
def test_an_answer_that_says_nothing_is_broken(answer: object) -> None:
    with pytest.raises(BrokenAnswer, match=r"^The provider's answer to a refill is not understood: .+\.$"):
        refill(answer)


def test_an_error_about_our_account_or_our_pace_is_no_refusal() -> None:
    with pytest.raises(ProviderError) as raised:
        refill({"error": "Invalid API key"})
    assert raised.value.fault
    with pytest.raises(SlowDown):
        refill({"error": "Too many requests"})
    with pytest.raises(ProviderError, match="Internal server error"):
        refill({"error": "Internal server error"})


def test_asks_for_several_refills_in_one_call() -> None:
    panel, _ = in_turn(
        [
            {"order": 1, "refill": 1},
            {"order": 2, "refill": "2"},
            {"order": "3", "refill": {"error": "Incorrect order ID"}},
            {"order": 4, "error": "A refill is already pending for this order"},
        ]
    )
    with panel:
        found = Client(panel.url, KEY, PATIENT).refills(["1", "2", "3", "4", "5"])
    assert found == {
        "1": RefillStarted("1"),
        "2": RefillStarted("2"),
        "3": RefillRefused("Incorrect order ID"),
        "4": RefillPending("A refill is already pending for this order"),
        "5": NoNews("the answer leaves this order out"),
    }
    assert asked(panel) == [{"orders": ["1,2,3,4,5"]}]


@pytest.mark.parametrize(
    ("spelled", "word"),
    [
        ("Pending", "pending"),
        ("In progress", "in_progress"),
        ("in_progress", "in_progress"),
        ("Inprogress", "in_progress"),
        ("Processing", "in_progress"),
        ("Completed", "completed"),
        ("COMPLETE ", "completed"),
        ("Rejected", "rejected"),
        ("Canceled", "rejected"),
        ("cancelled", "rejected"),
        ("Error", "rejected"),
    ],
)
def test_knows_every_spelling_of_a_refills_status(spelled: str, word: str) -> None:
    expected = RefillNews(word, spelled.strip())
    assert statuses({"status": spelled}, "1") == {"1": expected}
    assert statuses([{"refill": 1, "status": spelled}], "1") == {"1": expected}
    assert statuses({"1": spelled, "2": {"status": spelled}}, "1", "2") == {"1": expected, "2": expected}


@pytest.mark.parametrize("text", ["Refill not found", "Incorrect refill ID", "invalid refill"])
def test_a_refill_it_does_not_know_is_not_found(text: str) -> None:
    found = statuses([{"refill": 1, "status": {"error": text}}, {"refill": 2, "error": text}], "1", "2")
    assert found == {"1": NotFound(text), "2": NotFound(text)}


@pytest.mark.parametrize("item", [{"status": "Telepathic"}, {"status": 3}, {"status": None}, {}, None, True, [1]])
def test_a_status_it_does_not_know_is_no_news(item: object) -> None:
    (news,) = statuses({"1": item}, "1").values()
    assert isinstance(news, NoNews)


def test_asks_singly_where_a_panel_knows_only_one_refill_a_call() -> None:
    panel, left = in_turn({"error": "Refill not found"}, {"status": "Completed"}, {"error": "Refill not found"})
    with panel:
        found = Client(panel.url, KEY, PATIENT).refill_statuses(["7", "8"])
    assert found == {"7": RefillNews("completed", "Completed"), "8": NotFound("Refill not found")}
    assert asked(panel) == [{"refills": ["7,8"]}, {"refill": ["7"]}, {"refill": ["8"]}]
    assert left == []


def test_our_key_is_struck_out_of_what_a_provider_says() -> None:
    assert refill({"error": f"no {KEY}"}) == RefillRefused("no [key]")
    assert statuses({"1": {"error": f"hm {KEY}"}}, "1") == {"1": NoNews("the provider says: hm [key]")}
