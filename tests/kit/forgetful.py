"""Django's cache as pages have it: while Redis answers it keeps, and without Redis it has kept nothing."""

import logging
from collections.abc import Callable

import pytest
import redis
from django.core.cache import cache, caches

import kit.redis
from kit.redis import Breaker
from tests.waiting import wait_until

# What is asked, and the answer that stands for "nothing is kept".
ASKED: list[tuple[Callable[[], object], object]] = [
    (lambda: cache.get("name"), None),
    (lambda: cache.get("name", "a default"), "a default"),
    (lambda: cache.set("name", "b", 60), None),
    (lambda: cache.add("name", "b", 60), True),
    (lambda: cache.touch("name", 60), False),
    (lambda: cache.delete("name"), False),
    (lambda: cache.has_key("name"), False),
    (lambda: "name" in cache, False),
    (lambda: cache.get_many(["name", "other"]), {}),
    (lambda: cache.set_many({"name": "b", "other": "c"}, 60), []),
    (lambda: cache.delete_many(["name", "other"]), None),
    (lambda: cache.get_or_set("name", "b", 60), "b"),
    (lambda: cache.clear(), False),  # noqa: PLW0108 -- `cache` is one for each thread, found when it is asked
]


@pytest.fixture(autouse=True)
def _by_a_server_of_its_own(breaker, monkeypatch):
    monkeypatch.setattr(kit.redis, "_breaker", breaker)


def test_while_redis_answers_it_keeps_what_it_is_given():
    cache.set("name", {"a": 1}, 60)
    assert cache.get("name") == {"a": 1}
    assert cache.add("name", "b", 60) is False
    assert cache.touch("name", 120) is True
    assert cache.delete("name") is True
    assert cache.get("name", "gone") == "gone"

    cache.set_many({"one": 1, "two": 2}, 60)
    assert cache.get_many(["one", "two", "three"]) == {"one": 1, "two": 2}
    assert cache.incr("one", 4) == 5
    cache.delete_many(["one", "two"])
    assert cache.has_key("one") is False


def test_a_number_that_is_not_kept_does_not_rise():
    with pytest.raises(ValueError, match="not found"):
        cache.incr("nothing")


@pytest.mark.parametrize(("fault", "mend"), [("freeze", "thaw"), ("kill", "start")])
def test_without_redis_it_has_kept_nothing_whatever_is_asked_first(own_redis, fault, mend, monkeypatch):
    cache.set("name", "a", 60)
    fresh = [Breaker(own_redis.url) for _ in ASKED]
    getattr(own_redis, fault)()
    for breaker, (ask, answer) in zip(fresh, ASKED, strict=True):
        assert ask() == answer  # the test's own breaker is open from the first of these on
        with monkeypatch.context() as patch:
            patch.setattr(kit.redis, "_breaker", breaker)
            assert ask() == answer
            assert breaker.up is False
    getattr(own_redis, mend)()
    wait_until(lambda: all(each.up for each in fresh), "nobody knocks any more")


@pytest.mark.parametrize("fault", ["freeze", "kill"])
def test_without_redis_no_number_rises(own_redis, fault):
    cache.set("number", 1, 60)
    getattr(own_redis, fault)()
    for _ in range(2):
        with pytest.raises(ValueError, match="not found"):
            cache.incr("number")


def test_an_outage_is_waited_for_once_and_logged_once(own_redis, breaker, monkeypatch, caplog):
    caplog.set_level(logging.WARNING)
    own_redis.freeze()
    assert cache.get("name") is None  # this one waits

    asked: list[object] = []
    monkeypatch.setattr(redis.Redis, "execute_command", lambda *arguments, **options: asked.append(arguments))
    for ask, _ in ASKED:
        ask()

    # The thread that knocks may ask for a ping; nobody else asks for anything.
    assert {arguments[1] for arguments in asked if isinstance(arguments, tuple)} <= {"PING"}
    assert [each.levelname for each in caplog.records] == ["WARNING"]
    assert caplog.records[0].getMessage().startswith("Redis (cache) is not answering: ")
    monkeypatch.undo()


def test_once_redis_answers_again_it_keeps_again(own_redis, breaker):
    own_redis.kill()
    assert cache.add("name", "lost", 60) is True
    own_redis.start()
    wait_until(lambda: breaker.up, "the breaker closes")
    assert cache.add("name", "kept", 60) is True
    assert cache.get("name") == "kept"


def test_the_cache_of_limits_raises_without_redis(settings):
    nowhere = settings.CACHES["limits"] | {"LOCATION": "unix:///nonexistent/notpanel/cache.sock"}
    settings.CACHES = settings.CACHES | {"limits": nowhere}
    with pytest.raises(redis.ConnectionError):
        caches["limits"].get("name")
