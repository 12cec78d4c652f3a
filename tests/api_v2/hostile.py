"""Hostile requests, by hand and by hypothesis: no 5xx, and every answer is JSON of a documented shape."""

import itertools
import json
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from api_v2.actions import ACTIONS
from orders.models import Order
from tests.api_v2.conftest import HOOK, LINK, books_agree, documented
from tests.conftest import call_wsgi, wsgi_environ

pytestmark = pytest.mark.django_db

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=b"
PARAMETERS = (
    "key",
    "action",
    "service",
    "request_id",
    "link",
    "quantity",
    "runs",
    "interval",
    "coupon",
    "order",
    "orders",
    "url",
    "events",
    "webhook",
)
OF_WEBHOOKS = {"url", "events", "webhook"}
VALUES: dict[str, bytes] = {
    "a NUL": b"\0",
    "a NUL inside": b"10\x000",
    "broken UTF-8": b"\xff\xfe",
    "half a letter": b"abc\xc3",
    "an overlong encoding": b"\xc0\x80",
    "a lone surrogate": b"\xed\xa0\x80",
    "a replacement character": "\ufffd".encode(),
    "400 digits": b"9" * 400,
    "5000 digits": b"9" * 5000,
    "400 digits after a point": b"0." + b"1" * 400,
    "infinity": b"Infinity",
    "minus infinity": b"-inf",
    "not a number": b"NaN",
    "an exponent": b"1e999",
    "a hexadecimal number": b"0x10",
    "a number with underscores": b"1_000",
    "minus zero": b"-0",
    "over 64 bits": b"18446744073709551616",
    "under 64 bits": b"-9223372036854775809",
    "digits of another script": "\u0661\u0662".encode(),
    "a superscript": "\u00b2".encode(),
    "a list": b"[1,2]",
    "an object": b'{"a":1}',
    "true": b"true",
    "null": b"null",
    "SQL": b"1'; DROP TABLE orders_order; --",
    "a format": b"%s%(account)s%n{0}",
    "Lua": b"'] redis.call('FLUSHALL') --",
    "a template": b"{{7*7}}${7*7}",
    "a path": b"../../../../etc/passwd",
    "a header": b"a\r\nSet-Cookie: a=1",
    "controls": bytes(range(1, 32)),
    "text from right to left": "\u202e\u200f".encode(),
    "many combining marks": ("a" + "\u0301" * 500).encode(),
    "a long word": b"x" * 100_000,
    "long in another script": ("\u0436" * 60_000).encode(),
    "commas": b"," * 10_000,
    "a very long list": b"1," * 10_000,
    "a link to nowhere": b"http://",
    "a link with a broken port": b"http://a:99999999/",
    "a link with brackets": b"http://[::::]/",
    "a link with a password": b"https://user:pass@example.com/",
    "a link to the inside": b"http://169.254.169.254/latest",
    "a link that is data": b"data:text/html,x",
}
RAW: dict[str, tuple[str, bytes]] = {
    "nothing": (URLENCODED, b""),
    "an ampersand": (URLENCODED, b"&"),
    "an equals sign": (URLENCODED, b"="),
    "999 ampersands": (URLENCODED, b"&" * 999),
    "a megabyte of ampersands": (URLENCODED, b"&" * 1_000_000),
    "a megabyte of percents": (URLENCODED, b"%" * 1_000_000),
    "a megabyte of a name": (URLENCODED, b"a" * 999_999 + b"="),
    "10 MB": (URLENCODED, b"a" * 10_000_000),
    "every byte": (URLENCODED, bytes(range(256))),
    "broken escapes": (URLENCODED, b"key=%&action=%z%1&%=%"),
    "brackets": (URLENCODED, b"key[]=1&key[0]=2&action[a][b]=3"),
    "JSON as a form": (URLENCODED, b'{"key": "a", "action": "balance"}'),
    "a JSON list": ("application/json", b"[1, 2, 3]"),
    "a JSON string": ("application/json", b'"balance"'),
    "a JSON object of lists": ("application/json", b'{"key": ["a"], "action": {"b": 1}}'),
    "deep JSON": ("application/json", b"[" * 100_000),
    "broken JSON": ("application/json", b'{"key": '),
    "XML": ("application/xml", b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
    "UTF-16": (URLENCODED, "key=a&action=balance".encode("utf-16")),
    "a charset there is not": (URLENCODED + "; charset=nonsense", b"key=%FF"),
    "UTF-7": (URLENCODED + "; charset=utf-7", b"key=+AGs-&action=balance"),
    "gzip": (URLENCODED, b"\x1f\x8b\x08\x00" + b"\0" * 50),
    "a type that is none": ("nonsense", b"key=a"),
    "a type with a NUL": ("\0/\0", b"key=a"),
    "a very long type": ("a/" + "b" * 60_000, b"key=a"),
    "multipart with no boundary": ("multipart/form-data", b"key=a"),
    "multipart with an empty boundary": ("multipart/form-data; boundary=", b"--\r\n"),
    "multipart with a long boundary": ("multipart/form-data; boundary=" + "b" * 1000, b""),
    "multipart with a boundary that is no text": ("multipart/form-data; boundary=\xff", b"--\xff\r\n"),
    "multipart of nothing": (MULTIPART, b""),
    "multipart that never ends": (MULTIPART, b'--b\r\nContent-Disposition: form-data; name="key"\r\n\r\na'),
    "multipart without names": (MULTIPART, b"--b\r\nContent-Disposition: form-data\r\n\r\na\r\n--b--\r\n"),
    "multipart without headers": (MULTIPART, b"--b\r\n\r\na\r\n--b--\r\n"),
    "multipart in LF": (MULTIPART, b'--b\nContent-Disposition: form-data; name="key"\n\na\n--b--\n'),
    "multipart with a huge header": (MULTIPART, b"--b\r\nX: " + b"a" * 500_000 + b"\r\n\r\na\r\n--b--\r\n"),
    "multipart with broken base64": (
        MULTIPART,
        b'--b\r\nContent-Disposition: form-data; name="key"\r\nContent-Transfer-Encoding: base64\r\n\r\n!\r\n--b--\r\n',
    ),
    "multipart with a broken charset": (
        MULTIPART,
        b"--b\r\nContent-Disposition: form-data; name*=nonsense''%FF\r\n\r\na\r\n--b--\r\n",
    ),
    "multipart with files": (
        MULTIPART,
        b'--b\r\nContent-Disposition: form-data; name="key"; filename="../../a"\r\n\r\na\r\n' * 150 + b"--b--\r\n",
    ),
    "multipart in multipart": ("multipart/mixed; boundary=b", b"--b\r\nContent-Type: multipart/form-data\r\n\r\n--b--"),
}
AROUND: dict[str, dict[str, str]] = {
    "no host": {"HTTP_HOST": ""},
    "a host with a NUL": {"HTTP_HOST": "local\0host"},
    "a host of brackets": {"HTTP_HOST": "[" * 1000},
    "a host with a huge port": {"HTTP_HOST": "localhost:" + "9" * 1000},
    "a host with another script's port": {"HTTP_HOST": "localhost:\u00b2"},
    "a very long host": {"HTTP_HOST": "a." * 30_000},
    "two hosts": {"HTTP_HOST": "localhost,localhost"},
    "a length below zero": {"CONTENT_LENGTH": "-1"},
    "a length that is no number": {"CONTENT_LENGTH": "many"},
    "a length of 5000 digits": {"CONTENT_LENGTH": "9" * 5000},
    "a length that is too long": {"CONTENT_LENGTH": "1000"},
    "a length that is too short": {"CONTENT_LENGTH": "1"},
    "a superscript length": {"CONTENT_LENGTH": "\u00b2"},
    "no peer": {"REMOTE_ADDR": ""},
    "a peer that is none": {"REMOTE_ADDR": "unix:"},
    "a peer with a scope": {"REMOTE_ADDR": "fe80::1%eth0"},
    "many hops": {"HTTP_X_FORWARDED_FOR": "1.1.1.1, " * 5000},
    "hops that are none": {"HTTP_X_FORWARDED_FOR": "\0, ::::, 999.1.1.1, \xff"},
    "an accepted encoding that is none": {"HTTP_ACCEPT_ENCODING": ";q=;;q=x,gzip;q=nan,\xff"},
    "many encodings": {"HTTP_ACCEPT_ENCODING": "gzip;q=0," * 10_000},
    "a tag that is none": {"HTTP_IF_NONE_MATCH": '"\0"'},
    "a method that is none": {"REQUEST_METHOD": "\xff\0"},
    "a path that goes up": {"PATH_INFO": "/api/v2/../../etc/passwd"},
    "a path with a NUL": {"PATH_INFO": "/api/v2/\0"},
    "a path that is no text": {"PATH_INFO": "/api/v2/\xff\xfe"},
    "a very long path": {"PATH_INFO": "/api/v2/" + "a" * 60_000},
    "a very long query": {"QUERY_STRING": "a=" * 30_000},
    "a prefix": {"SCRIPT_NAME": "/\xff"},
}


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.RATE_LIMIT_IP = settings.RATE_LIMIT_KEY = settings.RATE_LIMIT_BALANCE_IP = None
    settings.RATE_LIMIT_TIER = False


@pytest.fixture
def good(alice, service, locally) -> dict[str, bytes]:
    """An order that would be placed, and a webhook that would be made."""
    form = {"key": alice.key, "action": "add", "service": service.pk, "link": LINK, "quantity": 50, "request_id": "1"}
    form["url"] = HOOK
    return {name: str(value).encode() for name, value in form.items()}


def send(body: bytes, **environ: Any):
    answer = call_wsgi(wsgi_environ(body, **environ))
    assert documented(answer), (answer.status, answer.body[:300])
    return answer


def encoded(form: dict[str, bytes]) -> bytes:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in form.items()).encode()


def test_there_are_more_than_two_hundred_by_hand():
    assert len(VALUES) * len(PARAMETERS) + len(RAW) + len(AROUND) > 200


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_value_is_answered_as_documented_wherever_it_stands(good, service, value):
    for parameter, action in itertools.product(PARAMETERS, ACTIONS):
        if parameter in {"order", "orders"} and action != "status":
            continue
        if action.startswith("webhook.") != (parameter in OF_WEBHOOKS):
            continue
        answer = send(encoded(good | {"action": action.encode(), parameter: VALUES[value]}))
        assert answer.status in {200, 400}
    assert books_agree()


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_value_in_the_bytes_as_they_are_is_answered_too(good, value):
    for parameter in PARAMETERS:
        form = good | {parameter: VALUES[value]}
        send(b"&".join(name.encode() + b"=" + each for name, each in form.items()))
        send(
            b"".join(
                b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), each)
                for name, each in form.items()
            )
            + b"--b--\r\n",
            CONTENT_TYPE=MULTIPART,
        )
    assert books_agree()


@pytest.mark.parametrize("body", RAW)
def test_a_hostile_body_is_refused(db, body):
    kind, content = RAW[body]
    assert send(content, CONTENT_TYPE=kind).status in {400, 413}


@pytest.mark.parametrize("around", AROUND)
def test_hostile_headers_are_answered_as_documented(good, settings, around):
    for proxies in ([], ["1"], ["127.0.0.0/8", "203.0.113.0/24"]):
        settings.TRUSTED_PROXIES = proxies
        send(encoded(good | {"action": b"services"}), **AROUND[around])
    assert Order.objects.count() == 0


# --- Made by hypothesis ------------------------------------------------------------------------------------------

MANY = examples(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
latin = st.text(st.characters(max_codepoint=255), max_size=200)
anything = st.one_of(
    st.text(max_size=50),
    st.integers().map(str),
    st.floats().map(str),
    st.decimals().map(str),
    st.sampled_from([value.decode("utf-8", "replace") for value in VALUES.values()]),
    st.lists(st.integers(0, 10**20), max_size=120).map(lambda ids: ",".join(map(str, ids))),
)


@MANY
@given(
    content=st.binary(max_size=3000), kind=st.one_of(latin, st.sampled_from([URLENCODED, MULTIPART, "", "text/plain"]))
)
def test_any_bytes_of_any_type_are_refused(tiers, content, kind):
    assert send(content, CONTENT_TYPE=kind).status in {400, 413}


@MANY
@given(form=st.dictionaries(st.sampled_from(PARAMETERS[1:]), anything), action=st.sampled_from([*ACTIONS, "add", ""]))
def test_any_parameters_of_a_good_key_are_answered_as_documented(good, form, action):
    sent = {name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}
    send(encoded(good | sent | ({"action": action.encode()} if action else {})))
    assert not Order.objects.exclude(quantity__gte=50, quantity__lte=10_000).exists()
    assert books_agree()


@MANY
@given(
    environ=st.dictionaries(
        st.sampled_from(
            [
                *("HTTP_HOST", "REQUEST_METHOD", "CONTENT_LENGTH", "CONTENT_TYPE", "QUERY_STRING", "REMOTE_ADDR"),
                *("HTTP_X_FORWARDED_FOR", "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_TRANSFER_ENCODING"),
            ]
        ),
        latin,
        max_size=3,
    ),
    proxies=st.sampled_from([[], ["1"], ["3"], ["203.0.113.0/24", "::/0"]]),
)
def test_any_headers_are_answered_as_documented(good, settings, environ, proxies):
    settings.TRUSTED_PROXIES = proxies
    send(encoded(good | {"action": b"services"}), **environ)


@MANY
@given(
    value=st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(PARAMETERS), inner, max_size=4),
        max_leaves=20,
    )
)
def test_any_json_is_refused_in_whatever_type_it_comes(tiers, value):
    content = json.dumps(value).encode()
    for kind in ("application/json", URLENCODED, MULTIPART):
        assert send(content, CONTENT_TYPE=kind).status == 400


@MANY
@given(pairs=st.lists(st.tuples(st.sampled_from(PARAMETERS), anything), max_size=30))
def test_any_repetition_of_parameters_is_answered_as_documented(good, pairs):
    body = urlencode([(name, value.encode("utf-8", "replace")) for name, value in pairs]).encode()
    send(encoded(good) + b"&" + body)
    assert books_agree()
