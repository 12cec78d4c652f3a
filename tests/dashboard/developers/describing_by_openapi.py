"""The OpenAPI document is valid, and what the door really takes and answers is what it says."""

import copy
from typing import Any

import orjson
import pytest
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from api_v2.actions import ACTIONS
from api_v2.exemplary_events import body
from dashboard.developers.openapi.document import whole
from dashboard.developers.reader import Reader
from tests.api_v2.conftest import LINK
from tests.api_v2.conftest import _the_tests_own_transaction as _the_tests_own_transaction  # a fixture
from tests.conftest import wsgi_environ
from tests.webhooks.conftest import locally as locally  # a fixture
from tests.webhooks.conftest import told
from webhooks.kinds import KINDS
from webhooks.models import Endpoint

ADDRESS = "https://panel.example"
DOCUMENT = whole(Reader(ADDRESS))
POST = DOCUMENT["paths"]["/api/v2"]["post"]
HOOK = "http://127.0.0.1:9999/hooks"
ULID = "01HG9X7KJP4N2M8QW5T3R6Y0AB"


def closed(schema: Any) -> Any:
    """Return the schema with no members allowed that it does not name: what we answer and do not name is missed."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    shut = {name: closed(value) for name, value in schema.items() if name != "examples"}
    if shut.get("type") == "object" and "properties" in shut:
        shut.setdefault("additionalProperties", False)
    return shut


SCHEMAS = {name: closed(copy.deepcopy(each)) for name, each in DOCUMENT["components"]["schemas"].items()}


def assert_fits(value: Any, name: str) -> None:
    """The value is what the component of this name describes, and nothing beside it."""
    OAS31Validator(SCHEMAS[name]).validate(value)


def fits(value: Any, name: str) -> bool:
    return bool(OAS31Validator(SCHEMAS[name]).is_valid(value))


def test_it_is_valid():
    assert DOCUMENT["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(DOCUMENT).validate()


@pytest.mark.django_db
def test_it_is_served_with_the_reader_s_address(client):
    answer = client.get("/developers/openapi.json", headers={"host": "127.0.0.1:8000"})
    assert answer["Content-Type"] == "application/json"
    assert answer.json() == orjson.loads(orjson.dumps(whole(Reader("http://127.0.0.1:8000"))))
    assert answer.json()["servers"] == [{"url": "http://127.0.0.1:8000"}]


@pytest.mark.parametrize("action", ACTIONS)
def test_its_examples_are_what_it_describes(action):
    for form in DOCUMENT["components"]["schemas"][f"{action}.request"]["examples"]:
        assert_fits(form, f"{action}.request")
        assert [name for name in ACTIONS if fits(form, f"{name}.request")] == [action]  # one of, and which
    for answer in DOCUMENT["components"]["schemas"][f"{action}.answer"]["examples"]:
        assert_fits(answer, f"{action}.answer")


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        ("add", {"service": 1}),
        ("add", {"request_id": "1"}),
        ("add", {"service": "one", "request_id": "1"}),
        ("status", {}),
        ("status", {"order": "1", "orders": "1,2"}),
        ("webhook.add", {}),
        ("webhook.test", {}),
    ],
)
def test_what_would_be_refused_is_not_described(action, wrong):
    assert not fits({"key": "np_live_", "action": action, **wrong}, f"{action}.request")


@pytest.mark.parametrize(
    ("action", "wrong"),
    [
        ("balance", {"balance": 47.32, "currency": "USD"}),
        ("balance", {"balance": "47", "currency": "USD"}),
        ("balance", {"error": "Invalid API key"}),
        ("add", {"order": 23501}),
        ("add", {"order": f"ref_{ULID}"}),
        ("status", {"status": "In progress", "charge": "0.5", "start_count": "0", "remains": "0", "currency": "USD"}),
        ("services", [{"service": 1}]),
        ("webhook.remove", {"webhook": f"whk_{ULID}"}),
    ],
)
def test_what_is_not_answered_is_not_described(action, wrong):
    assert not fits(wrong, f"{action}.answer")


# --- The door ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def ask(post, alice):
    """Ask as alice's program does; return the JSON of a success."""

    def send(action: str, **form: Any) -> Any:
        answer = post(key=alice.key, action=action, **form)
        assert answer.status == 200, answer.json
        return answer.json

    return send


@pytest.mark.django_db
def test_real_answers_are_what_it_describes(ask, sell, locally):
    service, subscribed = sell(refill=True), sell(type="Subscriptions", min=100)
    sell(average_time=90, description="With a time")
    placed = ask("add", service=service.pk, link=LINK, quantity=100, request_id="1")
    wanted = {"service": subscribed.pk, "username": "alice", "min": 100, "max": 200, "delay": 0}
    posts = ask("add", request_id="2", **wanted)
    hook = ask("webhook.add", url=HOOK)
    answers = [
        ("balance", ask("balance")),
        ("services", ask("services")),
        ("add", placed),
        ("status", ask("status", order=placed["order"])),
        ("status", ask("status", order=posts["order"])),
        ("status", ask("status", orders=f"{placed['order']},99999,nonsense")),
        ("refill", ask("refill", orders=f"{placed['order']},99999")),
        ("refill_status", ask("refill_status", refills="99999")),
        ("cancel", ask("cancel", orders=f"{placed['order']},x")),
        ("cancel", ask("cancel", order=placed["order"])),
        ("webhook.add", hook),
        ("webhook.list", ask("webhook.list")),
        ("webhook.test", ask("webhook.test", webhook=hook["webhook"])),
        ("webhook.remove", ask("webhook.remove", webhook=hook["webhook"])),
    ]
    for action, answer in answers:
        assert_fits(answer, f"{action}.answer")
    assert {action for action, _ in answers} == set(ACTIONS)


@pytest.mark.django_db
def test_real_refusals_and_their_headers_are_what_it_describes(post, alice, person, settings):
    settings.RATE_LIMIT_KEY = 2
    reading = person("bob", read_only=True)
    answers = [
        post(key="wrong", action="balance"),
        post(key=reading.key, action="add"),
        post(key=alice.key, action="none"),
        post(key=alice.key, action="status", order="1"),
        post(key=alice.key, action="status", order="1"),
        post(key=alice.key, action="balance", environ={"PATH_INFO": "/api/v2/balance"}),
        post(key=alice.key, action="balance", environ=wsgi_environ(b"") | {"CONTENT_LENGTH": "1000001"}),
    ]
    assert {each.status for each in answers} == {400, 403, 404, 413, 429}
    for answer in answers:
        described = POST["responses"][str(answer.status)]
        assert_fits(answer.json, "error")
        texts = [each["value"]["error"] for each in described["content"]["application/json"]["examples"].values()]
        assert answer.json["error"] in texts
        ours = {name for name in answer.headers if name.startswith("X-RateLimit") or name == "Retry-After"}
        assert ours <= set(described["headers"])


@pytest.mark.django_db
def test_a_replay_and_an_unchanged_list_carry_the_headers_it_names(post, alice, service):
    form = {"service": service.pk, "link": LINK, "quantity": 100, "request_id": "1"}
    answers = [post(key=alice.key, action="add", **form) for _ in range(2)]
    answers.append(post(key=alice.key, action="services"))
    named = set(POST["responses"]["200"]["headers"])
    assert {"Idempotent-Replay", "ETag"} <= named
    seen = {name for each in answers for name in each.headers}
    assert {"Idempotent-Replay", "ETag"} <= seen
    unchanged = {"HTTP_IF_NONE_MATCH": answers[-1].headers["ETag"]}
    assert post(key=alice.key, action="services", environ=unchanged).status == 304
    assert "304" in POST["responses"]
    assert [each["name"] for each in POST["parameters"]] == ["If-None-Match"]


# --- Webhooks ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_the_body_of_an_event_is_what_it_describes(kind):
    assert_fits(body(kind, "standard"), kind)
    others = [each for each in KINDS if each != kind and fits(body(kind, "standard"), each)]
    assert others == []


@pytest.mark.django_db
def test_events_that_are_really_told_are_what_it_describes(ask, service, locally):
    hook = ask("webhook.add", url=HOOK)
    placed = ask("add", service=service.pk, link=LINK, quantity=100, request_id="1")
    ask("cancel", order=placed["order"])
    ask("webhook.test", webhook=hook["webhook"])
    came = told(Endpoint.objects.get())
    assert [kind for kind, _ in came] == ["order.canceled", "order.refunded", "webhook.test"]
    for kind, data in came:
        assert_fits({"type": kind, "timestamp": "2026-12-04T09:00:02.318Z", "data": data}, kind)
