"""An order that is refused: the sentence stands at its field, what was typed is kept, and nothing has changed."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

import wallets.queries
from catalog.models import Service
from catalog.operations.stopping import stop_orders
from orders.models import Order, Request
from tests.conftest import MakePerson, MakeService, Person
from tests.dashboard.orders.conftest import NEW, Form, filled, hidden_of, wrong

pytestmark = pytest.mark.django_db
GOOD = {"link": "https://example.com/p", "quantity": "1000"}
VISITS = {**GOOD, "country": "US", "device": "5"}
WATCH = {"username": "alice", "min": "50", "max": "60", "delay": "5"}
LINK = "Write a whole web address, from http:// or https:// on, of at most 1000 characters."

REFUSED: list[tuple[str, dict[str, str], list[str]]] = [
    ("Default", {"link": "", "quantity": ""}, ["link: This field is required.", "quantity: This field is required."]),
    ("Default", GOOD | {"link": "example.com"}, [f"link: {LINK}"]),
    ("Default", GOOD | {"link": "javascript:alert(1)"}, [f"link: {LINK}"]),
    ("Default", GOOD | {"link": "a\0b"}, ["link: Null characters are not allowed."]),
    ("Default", GOOD | {"quantity": "many"}, ["quantity: Write a whole number."]),
    ("Default", GOOD | {"quantity": "1.5"}, ["quantity: Write a whole number."]),
    ("Default", GOOD | {"quantity": "49"}, ["quantity: At least 50."]),
    ("Default", GOOD | {"quantity": "10001"}, ["quantity: At most 10000."]),
    ("Default", GOOD | {"quantity": "9" * 5000}, ["quantity: At most 10000."]),
    ("Default", GOOD | {"runs": "1001", "interval": "1"}, ["runs: From 2 to 1000 runs; empty for one."]),
    ("Default", GOOD | {"runs": "2"}, ["interval: This is needed."]),
    (
        "Default",
        GOOD | {"runs": "2", "interval": "0"},
        ["interval: At least 1 minute, and at most ten years from the first run to the last."],
    ),
    ("Default", GOOD | {"coupon": "NONE"}, ["coupon: This coupon does not apply to this order."]),
    ("Custom Comments", GOOD | {"comments": "one\ntwo"}, ["comments: At least 50 lines."]),
    ("Custom Comments", GOOD | {"comments": "\n \n"}, ["comments: This field is required."]),
    (
        "Custom Comments Package",
        GOOD | {"comments": "a\x07b"},
        ["comments: At most 100,000 bytes of plain text, one entry a line."],
    ),
    ("Mentions Hashtag", GOOD | {"hashtag": "x" * 1001}, ["hashtag: One line of at most 1000 characters."]),
    ("Poll", GOOD | {"answer_number": "0"}, ["answer_number: A whole number from 1 to 10,000."]),
    (
        "Web Traffic",
        VISITS | {"type_of_traffic": "7"},
        ["type_of_traffic: Select a valid choice. 7 is not one of the available choices."],
    ),
    ("Web Traffic", VISITS | {"type_of_traffic": "1"}, ["google_keyword: This is needed."]),
    ("Web Traffic", VISITS | {"type_of_traffic": "2"}, ["referring_url: This is needed."]),
    ("Subscriptions", WATCH | {"min": "49"}, ["min: At least 50."]),
    ("Subscriptions", WATCH | {"max": "10001"}, ["max: At most 10000."]),
    ("Subscriptions", WATCH | {"max": "49"}, ["max: At least 50."]),
    ("Subscriptions", WATCH | {"min": "10001"}, ["min: At most 10000."]),
    ("Subscriptions", WATCH | {"min": "60", "max": "50"}, ["max: A whole number, not below the least for each post."]),
    ("Subscriptions", WATCH | {"expiry": "2020-01-01"}, ["expiry: A day that is not over yet."]),
    ("Subscriptions", WATCH | {"expiry": "soon"}, ["expiry: Enter a valid date."]),
    ("Subscriptions", WATCH | {"posts": "0"}, ["posts: A whole number from 1 to 1,000,000."]),
]


def nothing_ordered(account_id: int, balance: str = "100") -> bool:
    left = wallets.queries.balance_from_database(account_id)
    return not Order.objects.exists() and not Request.objects.exists() and left == Decimal(balance)


@pytest.mark.parametrize(("kind", "given", "says"), REFUSED)
def test_says_what_is_wrong_at_its_field(
    alices: Client, alice: Person, form: Form, sell: MakeService, kind: str, given: dict[str, str], says: list[str]
) -> None:
    answer = alices.post(NEW, form(sell(type=kind, dripfeed=True).pk, **given))
    assert answer.status_code == 200
    assert wrong(answer.content.decode()) == says
    assert nothing_ordered(alice.id)


def test_keeps_what_was_typed_and_the_forms_own_id(alices: Client, form: Form, service: Service) -> None:
    given = form(service.pk, link="https://example.com/a?b=<1>", quantity="5")
    page = alices.post(NEW, given).content.decode()
    assert 'value="https://example.com/a?b=&lt;1&gt;"' in page
    assert 'name="quantity" value="5"' in page
    assert hidden_of(page)["request_id"] == given["request_id"]
    assert alices.post(NEW, given | {"quantity": "50"}).status_code == 303


def test_keeps_lines_and_choices(alices: Client, form: Form, sell: MakeService) -> None:
    visits = sell(type="Web Traffic")
    given = VISITS | {"type_of_traffic": "2", "link": "nonsense"}
    page = alices.post(NEW, form(visits.pk, **given)).content.decode()
    assert '<option value="2" selected>' in page
    comments = sell(type="Custom Comments", remote_id="2")
    answer = alices.post(NEW, form(comments.pk, link="https://example.com", comments="Well <b>done</b>\r\ntwo"))
    assert "Well &lt;b&gt;done&lt;/b&gt;\r\ntwo</textarea>" in answer.content.decode()


def test_says_that_the_balance_is_too_low(client: Client, person: MakePerson, sell: MakeService) -> None:
    carol = person("carol", deposit="0.5")
    client.force_login(carol.user)
    page = client.post(NEW, filled(client, sell().pk, **GOOD)).content.decode()
    assert wrong(page) == ["Your balance is too low for this order."]
    assert nothing_ordered(carol.id, "0.5")


def test_says_why_no_orders_are_taken_of_it(alices: Client, alice: Person, form: Form, service: Service) -> None:
    given = form(service.pk, **GOOD)
    stop_orders(service_id=service.pk, text="Back on <Monday>.", actor="bob@panel.example")
    page = alices.post(NEW, given).content.decode()
    assert wrong(page) == ["No orders of this service are taken now: Back on <Monday>."]
    assert "<Monday>" not in page
    assert nothing_ordered(alice.id)


@pytest.mark.parametrize("kind", ["Default", "Subscriptions"])
def test_says_that_another_order_for_it_is_open(
    alices: Client, settings: Any, form: Form, sell: MakeService, kind: str
) -> None:
    settings.LINK_GUARD = "account"
    service = sell(type=kind)
    given = WATCH if kind == "Subscriptions" else GOOD
    assert alices.post(NEW, form(service.pk, **given)).status_code == 303
    page = alices.post(NEW, form(service.pk, **given)).content.decode()
    field = "username" if kind == "Subscriptions" else "link"
    assert wrong(page) == [f"{field}: Another order for this has not ended yet. Wait until it has, or cancel it."]
    assert Order.objects.count() == 1


def test_a_service_off_the_shelves_is_said_to_be_and_the_form_stays(
    alices: Client, alice: Person, form: Form, service: Service
) -> None:
    given = form(service.pk, **GOOD)
    Service.objects.filter(pk=service.pk).update(active=False)
    page = alices.post(NEW, given).content.decode()
    assert wrong(page) == ["This service is not on sale. Choose another one."]
    assert 'value="https://example.com/p"' in page
    assert service.name not in page
    assert nothing_ordered(alice.id)


@pytest.mark.parametrize("service", ["", "0", "x", "-1", "9" * 30, "\0", "²"])
def test_no_service_at_all_leads_back_to_choosing_one(alices: Client, alice: Person, service: str) -> None:
    page = alices.post(NEW, {"service": service, **GOOD})
    assert page.status_code == 200
    assert "Choose a service" in page.content.decode()
    assert nothing_ordered(alice.id)
