"""What the tests of every room share: people with money and keys, a catalogue, and the door they come in by."""

import gc
import io
import itertools
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from django.test import TransactionTestCase, override_settings

import accounts.operations
import kit.redis
from accounts.models import Tier, User
from api_v2 import local_admission
from catalog.models import Category, Service, Source
from kit import clock, trying
from kit.counters import Counters
from providers.models import Provider
from providers.operations import add_provider
from tests.emptying import empty_database
from tests.migrated import migrated_once

counted = itertools.count(1)
WHOLE_PANELS = "whole panels"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Collect without looking for garbage, and never look for it among the thousands of tests that were collected."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the tests of whole panels first: they take minutes, one worker takes them all, and the other has the rest."""
    items.sort(key=lambda each: not any(WHOLE_PANELS in mark.args for mark in each.iter_markers("xdist_group")))


@dataclass(frozen=True)
class Answer:
    """What a client gets back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)


def call_wsgi(environ: dict[str, Any]) -> Answer:
    """Come in by the door that real requests come in by."""
    from notpanel.wsgi import application

    seen: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        seen.update(status=int(status.split()[0]), headers=dict(headers))

    body = b"".join(application(environ, start_response))
    return Answer(seen["status"], seen["headers"], body)


def wsgi_environ(body: bytes = b"", **changes: Any) -> dict[str, Any]:
    """A POST of a form to /api/v2 as a WSGI server hands it over."""
    return {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": "/api/v2",
        "SCRIPT_NAME": "",
        "QUERY_STRING": "",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "203.0.113.1",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.url_scheme": "http",
        **changes,
    }


Post = Callable[..., Answer]


@pytest.fixture
def post() -> Post:
    """Post a form to /api/v2: `post(key=…, action="balance")`; `environ={…}` changes the request around it."""

    def send(environ: dict[str, Any] | None = None, **form: Any) -> Answer:
        return call_wsgi(wsgi_environ(urlencode(form).encode(), **(environ or {})))

    return send


@pytest.fixture(autouse=True)
def _nothing_cached() -> None:
    """Each test begins with an empty cache and unspent limits."""
    breaker = kit.redis.cache()
    breaker.client.flushdb()
    local_admission.counters, trying.local = Counters(), Counters()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None, django_db_blocker: Any) -> None:
    """Have each worker's database made of the one that the first of them has migrated."""
    with django_db_blocker.unblock():
        migrated_once()


@pytest.fixture(autouse=True, scope="session")
def _quick_emptying() -> Iterator[None]:
    """Empty only the tables with rows after a test that commits, and leave what Django keeps about the models."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: empty_database())
        yield


@pytest.fixture(autouse=True, scope="session")
def _quick_passwords() -> Iterator[None]:
    """Hash passwords quickly: the real way takes a quarter of a second each time, on purpose."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.at = clock.timestamp()

    def move(self, **by: float) -> None:
        """Let time pass: `move(hours=24)`."""
        self.at += timedelta(**by).total_seconds()


@pytest.fixture
def time(monkeypatch: pytest.MonkeyPatch) -> Time:
    """Hold the panel's clock (not the demo provider's, nor a receiver's) and move it by hand."""
    held = Time()
    monkeypatch.setattr(clock, "timestamp", lambda: held.at)
    return held


@pytest.fixture
def tiers(db: None) -> None:
    """The three tiers, which the flush after a transactional test takes away."""
    there = set(Tier.objects.values_list("name", flat=True))
    for name, since, rate in [("Standard", 0, 200), ("Reseller", 500, 1000), ("Agency", 5000, 5000)]:
        if name not in there:
            Tier.objects.create(name=name, deposits_from=since, requests_per_minute=rate)


@dataclass(frozen=True)
class Person:
    """A reseller with a key."""

    user: User
    key: str

    @property
    def id(self) -> int:
        return self.user.pk


MakePerson = Callable[..., Person]


@pytest.fixture
def person(tiers: None) -> MakePerson:
    """Make a reseller: `person("alice", deposit="100")`; other arguments are the key's settings."""

    def make(name: str, deposit: str = "100", **key: Any) -> Person:
        user = accounts.operations.create_reseller(email=f"{name}@example.com", password=None)
        if Decimal(deposit):
            accounts.operations.deposit(
                account_id=user.pk, amount=Decimal(deposit), reference=f"test-{next(counted)}", actor="the test"
            )
        _, value = accounts.operations.issue_key(account_id=user.pk, name=name, **key)
        return Person(user, value)

    return make


@pytest.fixture
def alice(person: MakePerson) -> Person:
    """A reseller with 100 USD and a key."""
    return person("alice")


@pytest.fixture
def bob(person: MakePerson) -> Person:
    """Another one."""
    return person("bob")


@pytest.fixture
def provider(db: None) -> Provider:
    """A provider at an address where nobody answers."""
    return add_provider(name=f"provider {next(counted)}", url="http://127.0.0.1:9/api/v2", key="its-key")


MakeService = Callable[..., Service]


@pytest.fixture
def sell(provider: Provider) -> MakeService:
    """Put a service on sale: `sell(rate="0.90", min=50)`."""

    def make(rate: str = "0.90", at: Provider | None = None, remote_id: str = "1", **fields: Any) -> Service:
        category, _ = Category.objects.get_or_create(name=fields.pop("category", "Likes"))
        values = {"name": "Likes", "min": 50, "max": 10_000, "rate": Decimal(rate)} | fields
        service = Service.objects.create(category=category, **values)
        Source.objects.create(service=service, provider=at or provider, remote_id=remote_id, cost=Decimal("0.50"))
        return service

    return make


@pytest.fixture
def service(sell: MakeService) -> Service:
    """A Default service: 0.90 USD per 1000, from 50 to 10,000."""
    return sell()
