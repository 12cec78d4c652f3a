"""What the demo provider is told of its catalogue, its currency and its balance."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from providers.demo.catalogue import OFFERS
from providers.demo.control import NotUnderstood
from providers.demo.running import DemoProvider
from providers.offers import RemoteService
from providers.outcomes import Placed, ProviderFault, Refused
from tests.providers.at_the_demo import buy, client
from tests.providers.demo_provider import request


def sold(demo: DemoProvider) -> dict[str, RemoteService]:
    return {service.remote_id: service for service in client(demo).services().services}


def test_reprices_renames_removes_and_adds(demo: DemoProvider) -> None:
    told = {
        "1": {"rate": "1.20", "name": "Photo likes, faster", "max": 500, "cancel": False},
        "2": None,
        "900": {"name": "Something new", "rate": "0.5", "type": "Poll", "min": 1},
    }
    assert request(demo, "POST", "/control", json.dumps({"key": demo.key, "offers": told}))[0] == 200
    offers = sold(demo)
    assert len(offers) == len(OFFERS)
    first = offers["1"]
    assert (first.rate, first.name, first.max, first.cancel) == (Decimal("1.20"), "Photo likes, faster", 500, False)
    assert "2" not in offers
    assert (offers["900"].name, offers["900"].type, offers["900"].min) == ("Something new", "Poll", 1)
    buy(demo)
    assert demo.orders()[0]["charge"] == "0.12"
    gone = buy(demo, service=2)
    assert isinstance(gone, Refused)
    assert gone.why == "Incorrect service ID"


def test_brings_back_one_offer_or_all(demo: DemoProvider) -> None:
    original = sold(demo)
    demo.control(offers={"1": {"rate": "9"}, "2": None})
    demo.control(offers={"2": {}})
    assert sold(demo)["2"] == original["2"]
    assert sold(demo)["1"].rate == 9
    demo.control(reset=True)
    assert sold(demo) == original


@pytest.mark.parametrize(
    "offers",
    [
        [],
        {"x": {"rate": "1"}},
        {"0": None},
        {"1": 5},
        {"1": {"price": "1"}},
        {"1": {"rate": "cheap"}},
        {"1": {"rate": "-1"}},
        {"1": {"rate": "NaN"}},
        {"1": {"rate": True}},
        {"1": {"min": "5"}},
        {"1": {"type": "Telepathy"}},
        {"1": {"refill": 1}},
        {"900": {"name": "No rate"}},
    ],
)
def test_changes_nothing_where_a_part_makes_no_sense(demo: DemoProvider, offers: object) -> None:
    original = sold(demo)
    with pytest.raises(NotUnderstood):
        demo.control(offers=offers, currency="EUR")
    assert (sold(demo), client(demo).balance()[1]) == (original, "USD")


def test_answers_another_currency_until_it_is_reset(demo: DemoProvider) -> None:
    buy(demo)
    assert demo.control(currency="EUR")["currency"] == "EUR"
    assert client(demo).balance()[1] == "EUR"
    status = request(demo, "GET", f"/api/v2?key={demo.key}&action=status&order=1")[1]
    assert status["currency"] == "EUR"
    demo.control(reset=True)
    assert client(demo).balance()[1] == "USD"


def test_has_the_balance_it_was_told_and_keeps_it_over_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    with DemoProvider(state=state) as demo:
        buy(demo)
        demo.control(balance="0.10")
        assert isinstance(buy(demo), Placed)
        assert client(demo).balance()[0] == Decimal("0.01")
        assert isinstance(buy(demo), ProviderFault)
    with DemoProvider(state=state) as demo:
        assert client(demo).balance()[0] == Decimal("0.01")


@pytest.mark.parametrize("told", [{"currency": ""}, {"currency": 5}, {"balance": "much"}, {"balance": "NaN"}])
def test_refuses_a_currency_or_a_balance_that_is_none(demo: DemoProvider, told: dict[str, object]) -> None:
    with pytest.raises(NotUnderstood):
        demo.control(**told)
    assert client(demo).balance() == (Decimal(1_000_000), "USD")
