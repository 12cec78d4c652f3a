"""How often one may try: by address and by whom it is tried on, each group for itself, with Redis and without."""

import time
from types import SimpleNamespace

import pytest
from django.test import RequestFactory

import kit.redis
from kit import trying
from kit.trying import seconds_to_wait

REFUSED = range(1, 61)


@pytest.fixture(autouse=True)
def _two_tries_in_a_window_that_does_not_end(monkeypatch, settings):
    settings.RATE_LIMIT_LOGIN = 2
    now = time.time()
    monkeypatch.setattr("django_ratelimit.core.time", SimpleNamespace(time=lambda: now))


@pytest.fixture(scope="module")
def nowhere():
    """Return a way to a Redis that is not there. One for all: it knocks for as long as the process lives."""
    return kit.redis.Breaker("redis://127.0.0.1:9/0")


@pytest.fixture(params=["answers", "is away", "freezes"])
def _redis(request, monkeypatch):
    """Run the test three times; in the last, the first try of it finds Redis frozen."""
    if request.param == "is away":
        monkeypatch.setattr(kit.redis, "_breaker", request.getfixturevalue("nowhere"))
    if request.param == "freezes":
        own = request.getfixturevalue("own_redis")
        monkeypatch.setattr(kit.redis, "_breaker", request.getfixturevalue("breaker"))
        own.freeze()


by_all = pytest.mark.usefixtures("_redis")


def attempt(group="login", who="", address="203.0.113.1"):
    """Try, and return how long to wait."""
    return seconds_to_wait(RequestFactory().post("/", REMOTE_ADDR=address), group, who)


@by_all
def test_an_address_is_refused_its_third_try_whoever_is_tried():
    assert [attempt(who="alice@example.com"), attempt(who="bob@example.com")] == [0, 0]
    assert attempt(who="carol@example.com") in REFUSED
    assert attempt() in REFUSED
    assert attempt(address="203.0.113.2") == 0


@by_all
def test_the_third_try_on_somebody_is_refused_from_whatever_address():
    assert [attempt(who="alice@example.com", address=f"203.0.113.{number}") for number in (1, 2)] == [0, 0]
    assert attempt(who=" Alice@Example.com ", address="203.0.113.3") in REFUSED
    assert attempt(who="bob@example.com", address="203.0.113.3") == 0


@by_all
def test_where_nobody_is_named_addresses_alone_are_counted():
    assert [attempt(address=f"203.0.113.{number}") for number in range(1, 6)] == [0] * 5


@by_all
def test_groups_spend_nothing_of_each_other():
    for group in ("login", "reset", "keys"):
        assert [attempt(group, who="1"), attempt(group, who="1")] == [0, 0]
    assert attempt("keys", who="1", address="203.0.113.2") in REFUSED
    assert attempt("second factor", who="1", address="203.0.113.2") == 0


@by_all
def test_a_refused_address_spends_nothing_of_whom_it_tries():
    for _ in range(2):
        attempt(who="alice@example.com")
    for _ in range(5):
        assert attempt(who="bob@example.com") in REFUSED
    assert attempt(who="bob@example.com", address="203.0.113.2") == 0


@by_all
def test_none_lifts_the_limit(settings):
    settings.RATE_LIMIT_LOGIN = None
    assert {attempt(who="alice@example.com") for _ in range(5)} == {0}


def test_an_endless_name_is_counted_by_its_beginning():
    long = "a" * 254
    assert [attempt(who=long + end, address=f"203.0.113.{end}") for end in ("1", "2")] == [0, 0]
    assert attempt(who=long + "3", address="203.0.113.3") in REFUSED


def test_addresses_are_counted_as_the_proxies_say_and_ipv6_by_its_64(settings):
    settings.TRUSTED_PROXIES = ["1"]
    request = RequestFactory().post("/", HTTP_X_FORWARDED_FOR="forged, 2001:db8::7")
    assert trying.address(request) == "2001:db8::/64"
