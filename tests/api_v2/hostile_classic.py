"""Hostile requests with a classic key: no 5xx, JSON of a documented shape, and statuses that old programs know."""

import itertools
import json
from typing import Any
from urllib.parse import quote_from_bytes

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st

from api_v2.actions import ACTIONS
from orders.models import Order
from tests.api_v2.calling import JSON
from tests.api_v2.conftest import HOOK, LINK, books_agree
from tests.api_v2.hostile import MANY, MULTIPART, PARAMETERS, RAW, URLENCODED, VALUES, anything, encoded, latin
from tests.api_v2.hostile import _no_limits as _no_limits  # a fixture
from tests.conftest import Answer, call_wsgi, wsgi_environ

pytestmark = pytest.mark.django_db

NAMES = (*PARAMETERS, "refill", "refills", "comments", "expiry")
KINDS = [URLENCODED, MULTIPART, JSON, "", "text/plain"]
METHODS = ["POST", "GET", "PUT", "HEAD", "OPTIONS"]
FEW = examples(MANY, max_examples=60)


@pytest.fixture(autouse=True)
def _classic_by_default(settings):
    """Have whoever is not known answered in the classic dialect as well."""
    settings.API_DEFAULT_DIALECT = "classic"


@pytest.fixture
def good(person, service, locally) -> dict[str, bytes]:
    """An order that would be placed, and a webhook that would be made, by a classic key."""
    alice = person("alice", dialect="classic")
    form = {"key": alice.key, "action": "add", "service": service.pk, "link": LINK, "quantity": 50, "url": HOOK}
    return {name: str(value).encode() for name, value in form.items()}


def send(body: bytes, **environ: Any) -> Answer:
    """Send it, and look whether the answer is one the protocol knows."""
    answer = call_wsgi(wsgi_environ(body, **environ))
    shown = answer.status, answer.body[:300]
    assert answer.headers["Content-Type"] == "application/json", shown
    assert answer.status in {200, 400, 404, 413}, shown
    if environ.get("REQUEST_METHOD") == "HEAD":
        assert answer.body == b""
        return answer
    if answer.status == 400:
        assert answer.json == {"error": "Invalid host"}
    if isinstance(answer.json, dict) and "error" in answer.json:
        assert list(answer.json) == ["error"], shown
        assert isinstance(answer.json["error"], str), shown
    return answer


def query_of(form: dict[str, bytes]) -> str:
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in form.items())


def in_bytes(form: dict[str, bytes]) -> str:
    return b"&".join(name.encode() + b"=" + value for name, value in form.items()).decode("latin-1")


def as_json(form: dict[str, bytes]) -> bytes:
    return orjson.dumps({name: value.decode("utf-8", "replace") for name, value in form.items()})


@pytest.mark.parametrize("value", VALUES)
def test_a_hostile_value_is_answered_as_documented_in_query_and_json(good, value):
    actions = itertools.cycle(ACTIONS)
    for name in NAMES:
        form = good | {"action": next(actions).encode(), name: VALUES[value]}
        send(b"", REQUEST_METHOD="GET", QUERY_STRING=query_of(form))
        send(b"", QUERY_STRING=in_bytes(form))
        send(as_json(form), CONTENT_TYPE=JSON)
    assert books_agree()


@pytest.mark.parametrize("body", RAW)
def test_a_hostile_body_beside_a_good_query_is_answered_as_documented(good, body):
    kind, content = RAW[body]
    query = query_of(good | {"action": b"balance"})
    assert send(content, CONTENT_TYPE=kind, QUERY_STRING=query).status in {200, 413}


# --- Made by hypothesis ------------------------------------------------------------------------------------------

scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), anything)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=3),
    max_leaves=8,
)
forms = st.dictionaries(st.sampled_from(NAMES[1:]), anything, max_size=4)


def in_text(form: dict[str, str]) -> dict[str, bytes]:
    return {name: value.encode("utf-8", "surrogatepass") for name, value in form.items()}


@FEW
@given(
    form=forms,
    query=forms,
    key_in=st.sampled_from(["form", "query"]),
    method=st.sampled_from(METHODS),
    kind=st.sampled_from(KINDS),
    environ=st.dictionaries(st.sampled_from(["HTTP_TRANSFER_ENCODING", "CONTENT_LENGTH"]), latin, max_size=1),
)
def test_any_form_beside_any_query_by_any_method_is_answered_as_documented(
    good, form, query, key_in, method, kind, environ
):
    in_form, in_query = in_text(form), good | in_text(query)
    if key_in == "form":
        in_form["key"] = in_query.pop("key")
    send(encoded(in_form), REQUEST_METHOD=method, CONTENT_TYPE=kind, QUERY_STRING=query_of(in_query), **environ)
    assert not Order.objects.exclude(quantity__gte=50, quantity__lte=10_000).exists()
    assert books_agree()


@FEW
@given(
    sent=st.dictionaries(st.sampled_from(NAMES[1:]), values, max_size=5),
    query=forms,
    kind=st.sampled_from(KINDS),
    method=st.sampled_from(["POST", "POST", "GET"]),
)
def test_any_object_beside_any_query_is_answered_as_documented(good, sent, query, kind, method):
    whole = {name: value.decode() for name, value in good.items()} | sent
    content = _json(whole)
    send(content, CONTENT_TYPE=kind, QUERY_STRING=query_of(in_text(query)), REQUEST_METHOD=method)
    assert books_agree()


def _json(value: object) -> bytes:
    return json.dumps(value).encode()  # writes lone surrogates, NaN and Infinity too, as orjson does not


@FEW
@given(query=latin, content=st.binary(max_size=500), kind=st.one_of(latin, st.sampled_from(KINDS)), key=st.booleans())
def test_any_bytes_beside_any_query_are_answered_as_documented(good, query, content, kind, key):
    beside = f"&key={good['key'].decode()}" if key else ""
    send(content, CONTENT_TYPE=kind, QUERY_STRING=query + beside)
    send(content, CONTENT_TYPE=kind, QUERY_STRING=query + beside, REQUEST_METHOD="GET")
    assert Order.objects.count() == 0
