"""The demo provider: what it delivers, how it misbehaves, and what outlives it. Spoken to over HTTP, by our client."""

import http.client
import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from providers.demo.behaviours import SENTENCES, Behaviour
from providers.demo.catalogue import OFFERS
from providers.demo.delivery import Order, progress
from providers.demo.journal import Journal
from providers.demo.running import DemoProvider
from providers.following import NotFound, StatusNews
from providers.outcomes import BrokenAnswer, NotSent, Placed, ProviderFault, Refused, Unknown
from tests.providers.at_the_demo import HASTY, LINK, OF_TYPE, buy, client, order, until

LOSING_THE_ANSWER = {
    Behaviour.TIMEOUT_BEFORE_PLACING,
    Behaviour.TIMEOUT_AFTER_PLACING,
    Behaviour.HTML,
    Behaviour.ERROR_500_BEFORE_PLACING,
    Behaviour.ERROR_500_AFTER_PLACING,
    Behaviour.RESET_AFTER_PLACING,
}


def request(demo: DemoProvider, method: str, path: str, body: str | bytes = b"") -> tuple[int, Any]:
    """Return status and content of a plain HTTP request."""
    host = urlsplit(demo.url).netloc
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, path, body)
        response = connection.getresponse()
        content = response.read()
        is_json = response.headers["Content-Type"] == "application/json"
        return response.status, json.loads(content) if is_json else content.decode()
    finally:
        connection.close()


def test_the_first_service_is_one_that_anybody_can_try() -> None:
    first = next(iter(OFFERS.values()))
    assert (first.type, first.behaviour) == ("Default", Behaviour.DELIVER)
    assert Decimal("0.50") <= first.rate <= Decimal("1.00")
    assert first.min <= 100
    assert first.max >= 10_000


def test_the_misbehaving_services_come_last(demo: DemoProvider) -> None:
    listed = client(demo).services()
    assert [int(service.remote_id) for service in listed.services] == sorted(OFFERS)
    assert (listed.unknown_types, listed.skipped) == ((), ())
    behaves = [offer.behaviour is Behaviour.DELIVER for offer in OFFERS.values()]
    assert behaves == sorted(behaves, reverse=True)


def test_delivers_any_quantity_in_full_within_ten_seconds() -> None:
    first = next(iter(OFFERS.values()))
    with DemoProvider(delivery_seconds=6) as demo:
        buy(demo, quantity=first.max)
        (row,) = demo.orders()
    placed = Order(1, 1, LINK, first.max, Decimal(row["charge"]), row["placed_at"], 6.0)
    assert progress(placed, placed.placed_at).status == "Pending"
    assert progress(placed, placed.placed_at + 3).status == "In progress"
    assert progress(placed, placed.placed_at + 3).remains == first.max // 2
    assert progress(placed, placed.placed_at + 10).status == "Completed"
    assert progress(placed, placed.placed_at + 10).remains == 0


def test_an_order_is_followed_to_its_end(demo: DemoProvider) -> None:
    assert buy(demo) == Placed("1", '{"order": 1}')
    until(lambda: getattr(client(demo).status("1"), "status", "") == "completed")
    news = client(demo).statuses(["1", "2"])
    assert isinstance(news["1"], StatusNews)
    assert (news["1"].remains, news["1"].charge) == (0, Decimal("0.09"))
    assert news["2"] == NotFound("Incorrect order ID")
    assert client(demo).balance() == (Decimal("999999.91"), "USD")


def test_a_package_ignores_the_quantity(demo: DemoProvider) -> None:
    assert isinstance(client(demo).add(service=13, link=LINK), Placed)
    assert [(row["quantity"], row["charge"]) for row in demo.orders()] == [(1, "0.75")]


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"service": "999"}, "Incorrect service ID"),
        ({"service": "x"}, "Incorrect service ID"),
        ({"link": "example.com"}, "Bad link"),
        ({"link": ""}, "Bad link"),
        ({"quantity": "49"}, "Quantity less than minimal 50"),
        ({"quantity": "100001"}, "Quantity more than maximum 100000"),
        ({"quantity": "many"}, "Incorrect request"),
        ({"quantity": "1e999999"}, "Incorrect request"),
        ({"action": "telepathy"}, "Incorrect request"),
        ({"action": ""}, "Incorrect request"),
        ({"key": "wrong"}, "Invalid API key"),
        ({"key": ""}, "Invalid API key"),
    ],
)
def test_refuses_in_the_words_of_the_classic_protocol(demo: DemoProvider, change: dict[str, str], error: str) -> None:
    form = {"key": demo.key, "action": "add", "service": "1", "link": LINK, "quantity": "100"} | change
    assert request(demo, "POST", "/api/v2", urlencode(form)) == (200, {"error": error})
    assert demo.orders() == []


def test_refuses_what_its_balance_does_not_cover(tmp_path: Path) -> None:
    state = tmp_path / "orders.jsonl"
    journal = Journal(state)
    journal.append(Order(1, 1, LINK, 100, Decimal("999999.92"), 0.0, 6.0))
    journal.close()
    with DemoProvider(state=state) as demo:
        found = buy(demo)
        assert isinstance(found, ProviderFault)
        assert found.why == "Not enough funds on balance"
        assert len(demo.orders()) == 1
        assert isinstance(buy(demo, quantity=50), Placed)


def test_takes_form_query_and_json(demo: DemoProvider) -> None:
    form = {"key": demo.key, "action": "balance"}
    answer = (200, {"balance": "1000000.00000000", "currency": "USD"})
    assert request(demo, "POST", "/api/v2/", urlencode(form)) == answer
    assert request(demo, "GET", f"/api/v2?{urlencode(form)}") == answer
    assert request(demo, "POST", "/api/v2", json.dumps(form)) == answer


@pytest.mark.parametrize(
    ("behaviour", "kind", "placed"),
    [
        (Behaviour.DELIVER, Placed, 1),
        (Behaviour.SLOW, Placed, 1),
        (Behaviour.REFUSE, Refused, 0),
        (Behaviour.NO_FUNDS, ProviderFault, 0),
        (Behaviour.TOO_MANY_REQUESTS, NotSent, 0),
        (Behaviour.TIMEOUT_BEFORE_PLACING, Unknown, 0),
        (Behaviour.TIMEOUT_AFTER_PLACING, Unknown, 1),
        (Behaviour.HTML, Unknown, 0),
        (Behaviour.HTML_AFTER_PLACING, Unknown, 1),
        (Behaviour.ERROR_500_BEFORE_PLACING, Unknown, 0),
        (Behaviour.ERROR_500_AFTER_PLACING, Unknown, 1),
        (Behaviour.RESET_BEFORE_PLACING, Unknown, 0),
        (Behaviour.RESET_AFTER_PLACING, Unknown, 1),
    ],
)
def test_misbehaves_once_as_told(demo: DemoProvider, behaviour: Behaviour, kind: type, placed: int) -> None:
    demo.control(next=[behaviour], slow_seconds=0.05)
    timed = behaviour in {Behaviour.TIMEOUT_BEFORE_PLACING, Behaviour.TIMEOUT_AFTER_PLACING}
    assert type(buy(demo, timeout=HASTY if timed else 10)) is kind
    assert len(demo.orders()) == placed
    assert type(buy(demo)) is Placed
    assert len(demo.orders()) == placed + 1


def test_every_service_is_placed_or_does_what_its_behaviour_says(demo: DemoProvider) -> None:
    demo.control(slow_seconds=0, hold_seconds=0, post_seconds=3600)
    refusing = {Behaviour.REFUSE, Behaviour.NO_FUNDS, Behaviour.TOO_MANY_REQUESTS}
    for service, offer in OFFERS.items():
        before = len(demo.orders())
        least = {"quantity": str(max(offer.min, 100))} if "quantity" in OF_TYPE[offer.type] else {}
        found = order(demo, service, **least)
        lost = offer.behaviour in LOSING_THE_ANSWER
        assert isinstance(found, Placed) is not (lost or offer.behaviour in refusing), offer.name
        assert isinstance(found, Unknown) is lost, offer.name
        after_placing = offer.behaviour.endswith("after_placing")
        assert len(demo.orders()) - before == (isinstance(found, Placed) or after_placing), offer.name


def test_ends_as_partial_and_gives_back_the_rest(demo: DemoProvider) -> None:
    demo.control(next=["partial"], delivery_seconds=0)
    buy(demo, quantity=1000)
    news = client(demo).status("1")
    assert isinstance(news, StatusNews)
    assert (news.status, news.remains, news.charge) == ("partial", 400, Decimal("0.54"))
    assert client(demo).balance() == (Decimal("999999.46"), "USD")


def test_cancels_and_gives_back_everything(demo: DemoProvider) -> None:
    demo.control(service=3, behaviour="cancel", delivery_seconds=0)
    buy(demo, service=3)
    news = client(demo).status("1")
    assert isinstance(news, StatusNews)
    assert (news.status, news.remains, news.charge) == ("canceled", 100, Decimal(0))
    assert client(demo).balance() == (Decimal(1_000_000), "USD")


def test_does_not_know_its_own_order_at_first(demo: DemoProvider) -> None:
    demo.control(next=["hidden_at_first"], hidden_seconds=3600, delivery_seconds=0)
    buy(demo)
    assert client(demo).status("1") == NotFound("Incorrect order ID")
    demo.control(hidden_seconds=0)
    assert getattr(client(demo).status("1"), "status", "") == "completed"


def test_spells_oddly_what_our_client_still_understands(demo: DemoProvider) -> None:
    demo.control(service=1, behaviour="odd_spelling", delivery_seconds=0)
    for number in (1, 2, 3):
        buy(demo)
        news = client(demo).status(str(number))
        assert isinstance(news, StatusNews)
        assert (news.status, news.remains) == ("completed", 0)
        assert news.said != "Completed"


def test_shows_an_empty_or_a_broken_catalogue_once(demo: DemoProvider) -> None:
    demo.control(next=["empty_catalogue", "broken_catalogue"])
    with pytest.raises(BrokenAnswer, match=r"The provider's list of services is empty\."):
        client(demo).services()
    broken = client(demo).services()
    assert broken.services == ()
    assert (len(broken.unknown_types), len(broken.skipped)) == (1, 5)
    assert len(client(demo).services().services) == len(OFFERS)


def test_can_be_told_to_misbehave_for_another_action(demo: DemoProvider) -> None:
    demo.control(next=["html"], action="balance")
    assert isinstance(buy(demo), Placed)
    with pytest.raises(BrokenAnswer):
        client(demo).balance()
    assert client(demo).balance()[1] == "USD"


def test_forgets_what_it_was_told(demo: DemoProvider) -> None:
    demo.control(next=["html"], service=1, behaviour="refuse")
    demo.control(reset=True)
    assert isinstance(buy(demo), Placed)


def test_is_controlled_over_http_with_the_same_key(demo: DemoProvider) -> None:
    status, knobs = request(
        demo, "POST", "/control", json.dumps({"key": demo.key, "next": ["html"], "hold_seconds": 1})
    )
    assert (status, knobs["hold_seconds"]) == (200, 1)
    assert isinstance(buy(demo), Unknown)
    buy(demo)
    _, calls = request(demo, "GET", f"/control/calls?key={demo.key}")
    assert [(call["action"], call["did"], call["order"]) for call in calls] == [
        ("add", "html", None),
        ("add", "placed (deliver)", 1),
    ]
    assert calls[0]["params"] == {"service": "1", "link": LINK, "quantity": "100"}
    _, orders = request(demo, "GET", f"/control/orders?key={demo.key}")
    assert [(order["order"], order["link"], order["quantity"]) for order in orders] == [(1, LINK, 100)]


@pytest.mark.parametrize("path", ["/control", "/control/calls", "/control/orders?key=wrong"])
def test_is_not_controlled_without_the_key(demo: DemoProvider, path: str) -> None:
    told = json.dumps({"next": ["html"]})
    assert request(demo, "POST", path, told) == (403, {"error": "Invalid API key"})
    assert isinstance(buy(demo), Placed)


@pytest.mark.parametrize(
    "told",
    [
        {"next": ["telepathy"]},
        {"next": "html"},
        {"next": [5]},
        {"service": 999, "behaviour": "html"},
        {"service": "1", "behaviour": "html"},
        {"service": 1, "behaviour": "telepathy"},
        {"hold_seconds": -1},
        {"hold_seconds": "1"},
        {"hold_seconds": float("nan")},
        {"action": 5},
        {"nxet": ["html"]},
    ],
)
def test_does_nothing_of_what_it_does_not_understand(demo: DemoProvider, told: dict[str, object]) -> None:
    whole = {"key": demo.key, "delivery_seconds": 77, **told}
    status, answer = request(demo, "POST", "/control", json.dumps(whole))
    assert (status, list(answer)) == (400, ["error"])
    assert demo.control()["delivery_seconds"] == 0.2
    assert isinstance(buy(demo), Placed)


def test_explains_itself_at_its_own_address(demo: DemoProvider) -> None:
    status, page = request(demo, "GET", "/")
    assert status == 200
    assert demo.url in page
    assert demo.key not in page
    assert all(behaviour in page for behaviour in Behaviour)
    assert request(demo, "GET", "/elsewhere") == (404, {"error": "Not found"})


def test_its_page_names_every_behaviour() -> None:
    page = (Path(__file__).parents[2] / "docs" / "demo-provider.md").read_text()
    assert [name for name in Behaviour if f"`{name}`" not in page] == []
    assert SENTENCES.keys() == set(Behaviour)
