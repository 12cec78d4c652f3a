"""Requests with two things wrong: the first check of protocol.md's "Order of checks" answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

import accounts.operations
import wallets.operations
from accounts.models import ApiKey, Tier
from tests.api_v2.conftest import everything
from tests.conftest import Person, call_wsgi, wsgi_environ

pytestmark = pytest.mark.django_db(transaction=True)

LINK = "https://example.com/a"


@dataclass
class Attempt:
    """A good `add` by someone who has placed one before, until something makes it wrong."""

    person: Person
    settings: Any
    form: dict[str, Any]
    environ: dict[str, Any] = field(default_factory=dict)

    def without(self, name: str) -> None:
        self.form.pop(name, None)

    def put(self, **form: Any) -> None:
        self.form.update(form)

    def limit_ip(self) -> None:
        self.settings.RATE_LIMIT_IP = 1

    def mistype_key(self) -> None:
        self.form["key"] += "x"

    def suspend(self) -> None:
        accounts.operations.suspend(account_id=self.person.id, reason="chargeback")

    def limit_key(self) -> None:
        accounts.operations.edit_key(key_id=self.key.pk, requests_per_minute=1)

    def limit_tier(self) -> None:
        limit_tiers(1)

    def read_only(self) -> None:
        accounts.operations.edit_key(key_id=self.key.pk, read_only=True)

    def spend_balance(self) -> None:
        wallets.operations.adjust(
            account_id=self.person.id, amount=Decimal("-99.91"), reference="all of it", actor="test", reason="test"
        )

    @property
    def key(self) -> ApiKey:
        return ApiKey.objects.get(account_id=self.person.id)

    def send(self, post: Callable[..., Any]) -> Any:
        return post(environ=self.environ, **self.form)


def limit_tiers(requests: int) -> None:
    for tier in Tier.objects.all():
        tier.requests_per_minute = requests
        accounts.operations.edit_tier(tier=tier)


CHECKS: list[tuple[str, Callable[[Attempt], Any], int, str]] = [
    ("host", lambda it: it.environ.update(HTTP_HOST="elsewhere.example"), 400, "Invalid host"),
    ("path", lambda it: it.environ.update(PATH_INFO="/api/v2/orders"), 404, "Not found"),
    ("method", lambda it: it.environ.update(REQUEST_METHOD="PUT"), 400, "Use POST"),
    ("size", lambda it: it.environ.update(CONTENT_LENGTH="1000001"), 413, "Request body too large: at most 1 MB"),
    ("ip", Attempt.limit_ip, 429, "Rate limit exceeded"),
    ("body", lambda it: it.environ.update(CONTENT_LENGTH="999999"), 400, "Malformed request body"),
    ("key", Attempt.mistype_key, 400, "Invalid API key"),
    ("suspension", Attempt.suspend, 403, "Account suspended"),
    ("key's limit", Attempt.limit_key, 429, "Rate limit exceeded"),
    ("tier's limit", Attempt.limit_tier, 429, "Rate limit exceeded"),
    ("no action", lambda it: it.without("action"), 400, "Missing required parameter: action"),
    ("read-only", Attempt.read_only, 403, "API key is read-only"),
    ("no service", lambda it: it.without("service"), 400, "Missing required parameter: service"),
    ("no request_id", lambda it: it.without("request_id"), 400, "Missing required parameter: request_id"),
    ("no text", lambda it: it.put(interval="\0"), 400, "Invalid parameter: interval"),
    ("conflict", lambda it: it.put(request_id="first"), 400, "request_id was already used for a different order"),
    ("service", lambda it: it.put(service="999999"), 400, "Service not found"),
    ("link", lambda it: it.put(link="nowhere"), 400, "Invalid parameter: link"),
    ("runs", lambda it: it.put(runs="2"), 400, "Invalid parameter: runs"),
    ("quantity", lambda it: it.put(quantity="1"), 400, "Quantity below the minimum of 50"),
    ("coupon", lambda it: it.put(coupon="SUMMER"), 400, "Invalid coupon"),
    ("balance", Attempt.spend_balance, 400, "Insufficient balance"),
]
NAMES = [name for name, *_ in CHECKS]
# One name for two faults, of which a request can have only one.
EXCLUDED = {("size", "body"), ("no request_id", "conflict"), ("no service", "service")}


def prepared(person, post, service, settings, name: str) -> Attempt:
    settings.RATE_LIMIT_IP = 300
    limit_tiers(200)
    alice = person(name, deposit="100")
    good = {"key": alice.key, "action": "add", "service": service.pk, "link": LINK, "quantity": 100}
    address = {"REMOTE_ADDR": f"2001:db8:{alice.id % 0xFFFF:x}::1"}
    first = post(environ=address, **good, request_id="first")
    assert first.status == 200, first.json
    # Another body than the first one's, so that with its request_id it is a conflict.
    return Attempt(alice, settings, good | {"quantity": 200, "request_id": "second"}, dict(address))


@pytest.mark.parametrize("name", NAMES)
def test_of_two_things_wrong_the_earlier_check_answers(post, person, service, settings, name):
    number = NAMES.index(name)
    _, spoil, status, words = CHECKS[number]
    for later, spoil_too, *_ in CHECKS[number + 1 :]:
        if (name, later) in EXCLUDED:
            continue
        attempt = prepared(person, post, service, settings, f"{number}-{NAMES.index(later)}")
        spoil_too(attempt)
        spoil(attempt)
        before = everything()
        refused = attempt.send(post)
        assert (refused.status, refused.json) == (status, {"error": words}), later
        assert everything() == before, later
        expected = {"ip": "ip", "key's limit": "key", "tier's limit": "tier"}.get(name)
        assert refused.headers.get("X-RateLimit-DeniedBy") == expected, later


def test_with_nothing_wrong_it_is_placed(post, person, service, settings):
    attempt = prepared(person, post, service, settings, "alice")
    assert attempt.send(post).status == 200


def test_with_everything_wrong_each_check_answers_in_its_turn(person, service, settings, post):
    attempt = prepared(person, post, service, settings, "alice")
    texts = []
    for name, spoil, *_ in reversed(CHECKS):
        if name not in {"body", "no request_id", "no service"}:
            spoil(attempt)
            refused = attempt.send(post)
            texts.append((name, refused.status, refused.json["error"]))
    expected = [
        (name, status, words)
        for name, _, status, words in reversed(CHECKS)
        if name not in {"body", "no request_id", "no service"}
    ]
    assert texts == expected


def test_a_request_that_cannot_be_read_is_counted_all_the_same(db):
    for left in (299, 298):
        answer = call_wsgi(wsgi_environ(REQUEST_METHOD="GET"))
        assert answer.json == {"error": "Use POST"}
        assert answer.headers["X-RateLimit-Remaining"] == str(left)
