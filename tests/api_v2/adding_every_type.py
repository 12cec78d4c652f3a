"""`add`, by the service's type: every literal of the standard dialect, and that a refusal leaves nothing behind."""

import re
from decimal import Decimal
from pathlib import Path

import pytest

from api_v2.actions.add import described
from catalog.models import ServiceType
from orders.models import Order
from orders.parameters import TAKES
from tests.api_v2.conftest import everything
from tests.orders.taking_parameters import LISTED, NEEDED, NUMBERS, OPTIONAL, REQUESTS, RUNS, SINGLE

pytestmark = pytest.mark.django_db
PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reseller-api.md"
WITH_LINK = [kind for kind in REQUESTS if kind != "Subscriptions"]
INVALID = [
    *((kind, name, "a\0b") for kind, name in [*SINGLE, *LISTED]),
    *((kind, name, "x" * 1001) for kind, name in SINGLE),
    ("Poll", "link", "a\nb"),
    ("Comment Likes", "username", "a\nb"),
    ("SEO", "keywords", "a\x07b"),
    ("Custom Comments", "comments", "x" * 100_001),
    *((kind, name, value) for kind, name, values in NUMBERS for value in (values[0], values[-1])),
    *((kind, "link", "example.com/p") for kind in WITH_LINK),
    *(("Subscriptions", "expiry", value) for value in ("30/02/2099", "01/01/2020", "2099-12-31")),
    ("Subscriptions", "max", "49"),
    *(("Default", "runs", value) for value in ("1001", "-1", "two", "9" * 400)),
]
SENT = [kind for kind, (params, _) in REQUESTS.items() if "quantity" in params]


@pytest.fixture
def refuses(post, alice, sell):
    """Order what cannot be, see that nothing changed, then order with the same request_id what can be."""

    def check(kind: str, changes: dict[str, str], words: str, **fields) -> None:
        service = sell(type=kind.strip(), **{"min": 2, "max": 1000, "dripfeed": True} | fields)
        good = {"key": alice.key, "action": "add", "service": str(service.pk), "request_id": "r-1"} | REQUESTS[kind][0]
        before = everything()
        refused = post(**good | changes)
        assert (refused.status, refused.json) == (400, {"error": words})
        assert everything() == before
        type(service).objects.filter(pk=service.pk).update(min=2, max=1000)
        added = post(**good)
        assert added.status == 200, added.json
        assert "Idempotent-Replay" not in added.headers

    return check


@pytest.mark.parametrize(("kind", "name"), NEEDED)
def test_a_parameter_that_is_missing_is_named(refuses, kind, name):
    refuses(kind, {name: ""}, f"Missing required parameter: {name}")


@pytest.mark.parametrize(("kind", "name", "value"), INVALID, ids=[f"{k}-{n}-{v[:12]!r}" for k, n, v in INVALID])
def test_a_parameter_that_is_malformed_is_named(refuses, kind, name, value):
    refuses(kind, (RUNS if name == "runs" else {}) | {name: value}, f"Invalid parameter: {name}")


@pytest.mark.parametrize(("kind", "name"), LISTED)
def test_lines_that_are_all_blank_are_missing(refuses, kind, name):
    refuses(kind, {name: " \r\n\t\n"}, f"Missing required parameter: {name}")


@pytest.mark.parametrize("kind", SENT)
@pytest.mark.parametrize(
    ("quantity", "words"),
    [("49", "Quantity below the minimum of 50"), ("1001", "Quantity above the maximum of 1000")],
)
def test_a_quantity_that_is_sent_is_within_the_services_bounds(refuses, kind, quantity, words):
    refuses(kind, {"quantity": quantity}, words, min=50)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Custom Comments", "comments"), ("Mentions Custom List", "usernames"), ("Comment Replies", "comments")],
)
def test_a_quantity_that_is_counted_is_within_the_services_bounds(refuses, kind, name):
    refuses(kind, {name: "a\r\n\r\n  \r\nb"}, "Quantity below the minimum of 3", min=3)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("Custom Comments", "comments"), ("Mentions Custom List", "usernames"), ("Comment Replies", "comments")],
)
def test_a_quantity_that_is_counted_has_a_most(refuses, kind, name):
    refuses(kind, {name: "a\nb\nc"}, "Quantity above the maximum of 2", max=2)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"min": "49"}, "Quantity below the minimum of 50"),
        ({"max": "1001"}, "Quantity above the maximum of 1000"),
    ],
)
def test_a_posts_bounds_are_within_the_services(refuses, changes, words):
    refuses("Subscriptions", changes, words, min=50)


@pytest.mark.parametrize("kind", REQUESTS)
def test_runs_are_for_services_with_dripfeed(refuses, kind):
    dripfeed = kind.strip() not in {"Default", "Web Traffic"}  # of the others, not even the flag makes one
    refuses(kind, RUNS, "Invalid parameter: runs", dripfeed=dripfeed)


@pytest.mark.parametrize(
    ("interval", "words"),
    [
        ("", "Missing required parameter: interval"),
        ("0", "Invalid parameter: interval"),
        ("soon", "Invalid parameter: interval"),
        ("9" * 400, "Invalid parameter: interval"),
        ("\0", "Invalid parameter: interval"),
    ],
)
@pytest.mark.parametrize("kind", ["Default", "Web Traffic"])
def test_runs_need_an_interval(refuses, kind, interval, words):
    refuses(kind, RUNS | {"interval": interval}, words)


@pytest.mark.parametrize("kind", REQUESTS)
def test_the_balance_covers_all_runs(post, person, sell, kind):
    alice = person("alice", deposit="0.00000001")
    service = sell(type=kind.strip(), min=2, max=1000, dripfeed=True)
    before = everything()
    refused = post(key=alice.key, action="add", service=service.pk, request_id="r-1", **REQUESTS[kind][0])
    assert (refused.status, refused.json) == (400, {"error": "Insufficient balance"})
    assert everything() == before


def test_a_drip_feed_of_which_one_run_could_be_paid_is_refused(post, person, sell):
    alice = person("alice", deposit="0.26999999")
    service = sell(dripfeed=True)
    before = everything()
    runs = REQUESTS["Default"][0] | {"runs": "3", "interval": "60"}
    refused = post(key=alice.key, action="add", service=service.pk, request_id="r-1", **runs)
    assert (refused.status, refused.json) == (400, {"error": "Insufficient balance"})
    assert everything() == before


# --- Order of checks ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", REQUESTS)
def test_link_comes_before_the_types_parameters_and_they_before_the_quantity(post, alice, sell, kind):
    """Everything is wrong; what answers is mended, one after the other, until it is placed."""
    service = sell(type=kind.strip(), min=2, max=1000, dripfeed=False)
    good = REQUESTS[kind][0]
    names = [name for name in good if name not in OPTIONAL]
    form = {"key": alice.key, "action": "add", "service": service.pk, "request_id": "r-1", "runs": "5"}
    answers = []
    for _ in range(len(names) + 2):
        answer = post(**form)
        if answer.status == 200:
            break
        answers.append(answer.json["error"])
        name = answer.json["error"].rpartition(" ")[2]
        form = {**form, name: "1"} if name == "runs" else {**form, name: good[name]}
    before_quantity = [name for name in names if name != "quantity"]
    expected = [f"Missing required parameter: {name}" for name in before_quantity] + ["Invalid parameter: runs"]
    expected += ["Missing required parameter: quantity"] if "quantity" in names else []
    assert answers == expected
    assert Order.objects.count() == 1


# --- What is taken ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", WITH_LINK)
def test_every_type_is_taken_with_crlf_and_lf_alike_and_replayed(post, alice, sell, kind):
    service = sell(type=kind.strip(), min=2, max=1000)
    params, quantity = REQUESTS[kind]
    form = {"key": alice.key, "action": "add", "service": service.pk, "request_id": "r-1"}
    added = post(**form, **{name: " " + value.replace("\n", "\r\n") + "\r\n" for name, value in params.items()})
    assert added.status == 200, added.json
    order = Order.objects.get()
    assert order.quantity == quantity
    assert order.params == {name: value for name, value in params.items() if name not in {"link", "quantity"}}
    replayed = post(**form, **params)
    assert (replayed.json, replayed.headers["Idempotent-Replay"]) == (added.json, "true")
    assert Order.objects.count() == 1


@pytest.mark.parametrize(("kind", "name"), [(kind, name) for kind, name in NEEDED if name != "link"])
def test_another_value_of_any_parameter_is_another_order(post, alice, sell, kind, name):
    service = sell(type=kind.strip(), min=2, max=1000)
    form = {"key": alice.key, "action": "add", "service": service.pk, "request_id": "r-1"} | REQUESTS[kind][0]
    assert post(**form).status == 200
    before = everything()
    refused = post(**form | {name: "77"})
    assert refused.json == {"error": "request_id was already used for a different order"}
    assert everything() == before


@pytest.mark.parametrize(
    ("kind", "charge"),
    [
        ("Default", "0.09"),
        ("Package", "1.80"),
        ("Custom Comments", "0.0027"),
        ("Custom Comments Package", "0.90"),
        ("Comment Replies", "0.0018"),
        ("Web Traffic", "0.09"),
        ("Subscriptions", "0.0018"),
    ],
)
def test_is_charged_by_its_type(post, alice, sell, kind, charge):
    service = sell(rate="0.90", type=kind, min=2, max=1000)
    added = post(key=alice.key, action="add", service=service.pk, request_id="r-1", **REQUESTS[kind][0])
    assert added.status == 200, added.json
    assert Order.objects.get().charge == Decimal(charge)


# --- The page -----------------------------------------------------------------------------------------------------


def test_the_page_has_every_type_with_exactly_what_it_takes():
    rows = re.findall(r"^\| ([A-Z][\w ]+) \| (`.+`.*) \|$", PAGE.read_text(), re.MULTILINE)
    documented = {kind: re.findall(r"`(\w+)`", takes) for kind, takes in rows if kind in ServiceType.values}
    assert documented == {str(kind): [each.name for each in described(takes)] for kind, takes in TAKES.items()}
