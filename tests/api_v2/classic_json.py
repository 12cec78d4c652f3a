"""JSON bodies of classic programs: what of an object is understood, and what is no object."""

import orjson
import pytest

from orders.models import Order
from tests.api_v2.calling import JSON, by_json, send
from tests.api_v2.classic_transport import BALANCE, MALFORMED, REQUEST, WRONG_KEY, said
from tests.api_v2.classic_transport import alice as alice  # a fixture
from tests.api_v2.conftest import LINK, everything

pytestmark = pytest.mark.django_db


def test_in_json_numbers_are_text_booleans_one_and_zero_and_null_is_nothing(alice, sell):
    service = sell(dripfeed=True)
    order = {"key": alice.key, "action": "add", "service": service.pk, "link": LINK, "quantity": 100}
    answer = by_json(**order, runs=True, interval=False, coupon=None, comments="")
    assert answer.json == {"order": Order.objects.get().pk}
    assert Order.objects.get().runs == 1


@pytest.mark.parametrize("ids", ["list", "numbers in text", "text"])
def test_in_json_a_list_of_orders_may_be_a_list(alice, add, ids):
    numbers = [add(alice, quantity=100 + each, request_id=each).json["order"] for each in range(3)]
    sent = {"list": numbers, "numbers in text": [str(each) for each in numbers], "text": ", ".join(map(str, numbers))}
    answer = by_json(key=alice.key, action="status", orders=sent[ids])
    assert [row["status"] for row in answer.json.values()] == ["Pending"] * 3
    assert list(answer.json) == [str(each) for each in numbers]


def test_in_json_the_lines_of_an_order_may_be_a_list(alice, sell):
    service = sell(type="Custom Comments", min=1)
    order = {"key": alice.key, "action": "add", "service": service.pk, "link": LINK}
    assert by_json(**order, comments=["one", None, " two ", 3]).status == 200
    assert Order.objects.get().params["comments"] == "one\ntwo\n3"


def test_in_json_names_of_events_may_be_a_list(alice, locally):
    hook = {"key": alice.key, "action": "webhook.add", "url": "http://127.0.0.1:9999/hooks"}
    assert by_json(**hook, events=["order.completed", "balance.low"]).json["events"] == [
        "order.completed",
        "balance.low",
    ]


def test_in_json_of_a_name_sent_twice_the_last_counts(alice):
    body = f'{{"key": "wrong", "action": "services", "key": "{alice.key}", "action": "balance"}}'
    assert send(body.encode(), CONTENT_TYPE=JSON).json == BALANCE


def test_json_is_json_whatever_comes_before_it(alice):
    body = orjson.dumps({"key": alice.key, "action": "balance"})
    assert send(b"\xef\xbb\xbf" + body, CONTENT_TYPE=JSON).json == BALANCE
    for kind in ("text/json; charset=utf-8", "application/vnd.api+json", "text/plain", "", "multipart/form-data"):
        assert send(b" \r\n" + body + b"\n", CONTENT_TYPE=kind).json == BALANCE


NO_OBJECT = {
    "a list": b"[1, 2]",
    "text": b'"balance"',
    "a number": b"1",
    "a boolean": b"true",
    "null": b"null",
    "broken": b'{"key": ',
    "an object and more": b"{} {}",
    "deep": b'{"a":' * 100_000,
    "deep in a list": b'{"a": ' + b"[" * 100_000,
    "no UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "single quotes": b"{'a': 1}",
}


@pytest.mark.parametrize("body", NO_OBJECT)
def test_json_that_is_no_object_is_refused_in_the_dialect_of_the_querys_key(alice, bob, settings, body):
    settings.RATE_LIMIT_IP = None
    before = everything()

    def refused(key: str):
        return said(send(NO_OBJECT[body], CONTENT_TYPE=JSON, QUERY_STRING=f"key={key}&action=balance"))

    assert (refused(alice.key), refused(bob.key), refused("unknown")) == (REQUEST, MALFORMED, MALFORMED)
    settings.API_DEFAULT_DIALECT = "classic"
    assert (refused(alice.key), refused(bob.key), refused("unknown")) == (REQUEST, REQUEST, REQUEST)
    assert everything() == before


VALUES = {
    "a list": b"[1000]",
    "an object": b'{"a": 1}',
    "400 digits": b"9" * 400,
    "5000 digits": b"-" + b"9" * 5000,
    "not a number": b"NaN",
    "infinity": b"-Infinity",
    "an exponent": b"1e3",
    "a fraction": b"1000.5",
    "a NUL": b'"\\u0000"',
    "half a letter": b'"\\ud800"',
}


@pytest.mark.parametrize("value", VALUES)
def test_a_value_that_json_alone_can_have_is_a_wrong_value(alice, service, value):
    before = everything()
    good = f'"key": "{alice.key}", "action": "add", "service": {service.pk}, "link": "{LINK}", "quantity": '
    answer = send(b"{%s%s}" % (good.encode(), VALUES[value]), CONTENT_TYPE=JSON)
    too_many = {"error": "Quantity more than maximum 10000"}
    too_few = {"error": "Quantity less than minimal 50"}
    expected = {"400 digits": too_many, "5000 digits": too_few}.get(value, {"error": "Incorrect request"})
    assert said(answer) == (200, expected)
    for name in (b"action", b"key"):
        body = b'{"key": "%s", "action": "balance", "%s": %s}' % (alice.key.encode(), name, VALUES[value])
        assert said(send(body, CONTENT_TYPE=JSON)) == {b"action": REQUEST, b"key": WRONG_KEY["standard"]}[name]
    assert everything() == before
