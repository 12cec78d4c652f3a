"""The demo provider takes of each type exactly what it takes, and keeps what it was given."""

from pathlib import Path

import pytest

from providers.demo.catalogue import OFFERS
from providers.demo.running import DemoProvider
from providers.offers import TYPES
from providers.outcomes import Placed, Refused
from tests.providers.at_the_demo import LINK, OF_TYPE, client, ended, order, status_of

A_SERVICE = {offer.type: service for service, offer in reversed(OFFERS.items()) if service <= 30}
QUANTITIES = dict.fromkeys(TYPES, 100) | {
    "Package": 1,
    "Custom Comments": 2,
    "Custom Comments Package": 1,
    "Mentions Custom List": 2,
    "Comment Replies": 2,
    "Subscriptions": 0,
}


def test_sells_a_service_of_every_type() -> None:
    assert set(A_SERVICE) == set(OF_TYPE) == set(TYPES)
    assert any(offer.dripfeed for offer in OFFERS.values())


@pytest.mark.parametrize("kind", TYPES)
def test_takes_an_order_of_every_type_and_shows_every_parameter(demo: DemoProvider, kind: str) -> None:
    assert order(demo, A_SERVICE[kind]) == Placed("1", '{"order": 1}')
    row = demo.orders()[0]
    sent = {"service": str(A_SERVICE[kind]), **({} if kind == "Subscriptions" else {"link": LINK}), **OF_TYPE[kind]}
    assert row["params"] == {name: value.strip() for name, value in sent.items()}
    assert row["quantity"] == QUANTITIES[kind]
    if kind != "Subscriptions":
        assert ended(demo).status == "completed"


@pytest.mark.parametrize(
    ("kind", "name"),
    [(kind, name) for kind, params in OF_TYPE.items() for name in params if (kind, name) != ("Subscriptions", "posts")],
)
def test_refuses_an_order_without_a_parameter_of_its_type(demo: DemoProvider, kind: str, name: str) -> None:
    found = order(demo, A_SERVICE[kind], **{name: None})
    assert isinstance(found, Refused)
    assert found.why == "Incorrect request"
    assert demo.orders() == []


@pytest.mark.parametrize("kind", sorted(set(TYPES) - {"Subscriptions"}))
def test_refuses_an_order_of_every_type_without_a_good_link(demo: DemoProvider, kind: str) -> None:
    for link in (None, "example.com"):
        found = order(demo, A_SERVICE[kind], link=link)
        assert isinstance(found, Refused)
        assert found.why == "Bad link"
    assert demo.orders() == []


@pytest.mark.parametrize(
    ("service", "change", "error"),
    [
        (15, {"comments": "\n".join(["nice"] * 501)}, "Quantity more than maximum 500"),
        (15, {"comments": " \n \n-"}, None),
        (25, {"answer_number": "two"}, "Incorrect request"),
        (25, {"quantity": "9"}, "Quantity less than minimal 10"),
        (28, {"device": "6"}, "Incorrect request"),
        (28, {"type_of_traffic": "4"}, "Incorrect request"),
        (28, {"type_of_traffic": "1"}, "Incorrect request"),
        (28, {"type_of_traffic": "2"}, "Incorrect request"),
        (28, {"type_of_traffic": "1", "google_keyword": "sun"}, None),
        (28, {"type_of_traffic": "2", "referring_url": LINK}, None),
        (29, {"min": "9"}, "Quantity less than minimal 10"),
        (29, {"max": "1001"}, "Quantity more than maximum 1000"),
        (29, {"min": "91"}, "Incorrect request"),
        (29, {"delay": "7"}, "Incorrect request"),
        (29, {"expiry": "31/02/2030"}, "Incorrect request"),
        (29, {"old_posts": "some"}, "Incorrect request"),
        (29, {"expiry": "31/12/2030", "old_posts": "1"}, None),
        (1, {"runs": "2", "interval": "1"}, "Incorrect request"),
        (1, {"runs": "1"}, None),
        (31, {"runs": "2"}, "Incorrect request"),
        (31, {"runs": "1001", "interval": "1"}, "Incorrect request"),
        (31, {"runs": "2", "interval": "1"}, None),
    ],
)
def test_holds_every_type_to_its_bounds(
    demo: DemoProvider, service: int, change: dict[str, str], error: str | None
) -> None:
    found = order(demo, service, **change)
    if error is None:
        assert isinstance(found, Placed)
    else:
        assert isinstance(found, Refused)
        assert found.why == error
        assert demo.orders() == []


def test_a_comments_package_costs_the_price_of_one(demo: DemoProvider) -> None:
    order(demo, 16)
    assert [(row["quantity"], row["charge"]) for row in demo.orders()] == [(1, "0.30")]


def test_delivers_a_drip_feed_run_by_run(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=0, minute_seconds=3600)
    order(demo, 31, runs="3", interval="1")
    order(demo, 31, runs="3", interval="0")
    news = client(demo).statuses(["1", "2"])
    assert [getattr(each, "status", None) for each in news.values()] == ["in_progress", "completed"]
    assert [getattr(each, "remains", None) for each in news.values()] == [200, 0]
    assert [(row["quantity"], row["runs"], row["charge"]) for row in demo.orders()] == [(300, 3, "0.285")] * 2


def test_a_drip_feed_goes_on_when_a_minute_is_over(demo: DemoProvider) -> None:
    demo.control(delivery_seconds=0, minute_seconds=0.2)
    order(demo, 31, runs="3", interval="1")
    assert status_of(demo, "1").remains in {200, 100, 0}
    assert ended(demo).remains == 0


def test_its_documentation_says_which_services_refill_and_cancel() -> None:
    page = " ".join((Path(__file__).parents[2] / "docs" / "demo-provider.md").read_text().split())
    ordinary = [offer for service, offer in OFFERS.items() if service < 101]
    refilling = {offer.service for offer in ordinary if offer.refill}
    cancelling = {offer.service for offer in ordinary if offer.cancel}
    assert (
        "refills (1, 3, 4, 9, 31 and the even ones from 16 to 28) and cancels (1, 2, 3, 6, 7, 15 to 29, 31, 32)" in page
    )
    assert refilling == {1, 3, 4, 9, 31, *range(16, 29, 2)}
    assert cancelling == {1, 2, 3, 6, 7, *range(15, 30), 31, 32}
    assert all(f"{service} {kind}" in page for kind, service in A_SERVICE.items() if 15 <= service <= 28)
