"""A provider's services and our balance there."""

import json
from decimal import Decimal

import pytest

from providers.client import Client
from providers.offers import TYPES, RemoteService, ServiceList, SkippedRow
from providers.outcomes import BrokenAnswer, CallFailed, ProviderError, Unreachable
from tests.providers.ordering_once import KEY, PATIENT
from tests.providers.scripted import ScriptedPanel, answering

ROW = {
    "service": 1,
    "name": "Likes",
    "type": "Default",
    "category": "Photos",
    "rate": "0.90",
    "min": "50",
    "max": "10000",
    "refill": True,
    "cancel": False,
}
READ = RemoteService("1", "Likes", "Default", "Photos", Decimal("0.90"), 50, 10_000, refill=True)


def services(answer: object) -> ServiceList:
    with ScriptedPanel(answering(json.dumps(answer).encode())) as panel:
        return Client(panel.url, KEY, PATIENT).services()


def balance(answer: object) -> tuple[Decimal, str]:
    with ScriptedPanel(answering(json.dumps(answer).encode())) as panel:
        return Client(panel.url, KEY, PATIENT).balance()


def test_reads_what_a_good_panel_sells() -> None:
    assert services([ROW]) == ServiceList((READ,))


@pytest.mark.parametrize(
    "change",
    [
        {"service": "1"},
        {"service": 1.0},
        {"rate": 0.90},
        {"min": 50, "max": 10_000.0},
        {"type": "default"},
        {"type": "DEFAULT"},
        {"type": ""},
        {"type": None},
        {"name": "  Likes "},
        {"refill": 1},
        {"refill": "true"},
        {"cancel": None},
        {"cancel": "0"},
        {"average_time": "soon"},
        {"average_time": 0},
    ],
)
def test_reads_the_same_however_it_is_written(change: dict[str, object]) -> None:
    assert services([ROW | change]) == ServiceList((READ,))


@pytest.mark.parametrize("name", TYPES)
def test_gives_every_type_the_protocols_spelling(name: str) -> None:
    for spelled in (name, name.lower(), name.upper(), name.replace(" ", "_")):
        assert services([ROW | {"type": spelled}]).services[0].type == name


def test_keeps_unknown_types_apart() -> None:
    expected = SkippedRow("'Telepathy' is no type that NotPanel knows", "1", "Likes")
    assert services([ROW | {"type": "Telepathy"}]) == ServiceList((), unknown_types=(expected,))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("text", "the row is not an object"),
        (None, "the row is not an object"),
        (ROW | {"service": None}, "'' is no service id"),
        (ROW | {"service": "a b"}, "'a b' is no service id"),
        (ROW | {"service": 0}, "'0' is no service id"),
        (ROW | {"name": ""}, "the service has no name"),
        (ROW | {"name": ["Likes"]}, "the service has no name"),
        (ROW | {"rate": "cheap"}, "the rate 'cheap' is no price"),
        (ROW | {"rate": -1}, "the rate '-1' is no price"),
        (ROW | {"rate": "0,90"}, "the rate '0,90' is no price"),
        (ROW | {"rate": None}, "the rate '' is no price"),
        (ROW | {"min": "few"}, "min 'few' and max '10000' are no quantities"),
        (ROW | {"max": 0}, "min '50' and max '0' are no quantities"),
        (ROW | {"min": 20_000}, "its min 20000 is above its max 10000"),
        (ROW | {"min": 3e9, "max": 4e9}, "its min 3000000000 is more than anybody can order"),
    ],
)
def test_names_each_row_that_makes_no_sense_and_keeps_the_others(row: object, reason: str) -> None:
    found = services([row, ROW])
    assert found.services == (READ,)
    assert [skipped.reason for skipped in found.skipped] == [reason]


def test_of_two_rows_with_one_id_the_first_counts() -> None:
    found = services([ROW, ROW | {"rate": "45.00"}])
    assert found.services == (READ,)
    assert found.skipped == (SkippedRow("service 1 is in the list twice; the first one counts", "1", "Likes"),)


def test_cuts_what_is_too_long_and_mends_what_cannot_be_kept() -> None:
    long = services([ROW | {"name": "x" * 999, "category": "\x00", "max": 10**10, "description": "y" * 20_000}])
    (service,) = long.services
    assert (len(service.name), service.category, service.max) == (255, "Other", 2_147_483_647)
    assert len(service.description) == 10_000
    assert services([ROW | {"name": "a\ud800\x00b"}]).services[0].name == "a?b"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ([], "The provider's list of services is empty."),
        ({}, "The provider's list of services is not a list."),
        ("services", "The provider's list of services is not a list."),
        ({"1": ROW}, "The provider's list of services is not a list."),
    ],
)
def test_refuses_an_answer_that_is_no_list(answer: object, sentence: str) -> None:
    with pytest.raises(BrokenAnswer) as raised:
        services(answer)
    assert str(raised.value) == sentence


def test_says_what_the_provider_says() -> None:
    with pytest.raises(ProviderError) as raised:
        services({"error": "Invalid API key"})
    assert (raised.value.text, raised.value.fault) == ("Invalid API key", True)


def test_reads_no_more_than_twenty_megabytes() -> None:
    with (
        ScriptedPanel(answering(b"[" + b" " * 20_000_000 + b"]")) as panel,
        pytest.raises(Unreachable) as raised,
    ):
        Client(panel.url, KEY, PATIENT).services()
    assert "the answer is longer than 20,000,000 bytes" in str(raised.value)


def test_reads_a_list_of_many_megabytes() -> None:
    rows = [ROW | {"service": number, "description": "d" * 1000} for number in range(1, 5001)]
    assert len(services(rows).services) == 5000


@pytest.mark.parametrize(
    ("answer", "amount", "currency"),
    [
        ({"balance": "47.32", "currency": "USD"}, "47.32", "USD"),
        ({"balance": 47.32, "currency": "eur"}, "47.32", "EUR"),
        ({"balance": "-1.5"}, "-1.5", "USD"),
        ({"balance": "0", "currency": None}, "0", "USD"),
    ],
)
def test_reads_the_balance_however_it_is_written(answer: object, amount: str, currency: str) -> None:
    assert balance(answer) == (Decimal(amount), currency)


@pytest.mark.parametrize("answer", [{}, [], "47.32", {"balance": None}, {"balance": "much"}, {"balance": True}])
def test_an_answer_without_a_balance_is_broken(answer: object) -> None:
    with pytest.raises(CallFailed) as raised:
        balance(answer)
    assert isinstance(raised.value, BrokenAnswer)
    assert str(raised.value) == "The provider's answer holds no balance."
