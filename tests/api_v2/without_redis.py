"""Redis killed and Redis frozen: answers come from the database, the limits hold, and all is well again by itself."""

import contextlib
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis.connection
from django.db import connection
from django.test.utils import CaptureQueriesContext

import accounts.operations
import kit.redis
from accounts import keys
from accounts.models import ApiKey
from notpanel.embedded.redis import CACHE, Redis
from tests.api_v2.conftest import LINK, books_agree, limit_headers

pytestmark = pytest.mark.django_db(transaction=True)

RECOVERS_WITHIN = 30


@pytest.fixture
def server(monkeypatch) -> Iterator[Redis]:
    """A Redis of the test's own, which the panel uses for as long as the test runs."""
    folder = Path(tempfile.mkdtemp(prefix="np-"))  # a socket's path must be short
    server = Redis("Redis (test)", folder, folder / "s", folder / "log", CACHE, lambda line: None)
    server.start()
    monkeypatch.setattr(kit.redis, "_breaker", kit.redis.Breaker(f"unix://{folder / 's'}"))
    try:
        yield server
        if not kit.redis.cache().up:  # its thread must not knock on a door that will never open again
            with contextlib.suppress(ProcessLookupError):
                os.kill(server.pid or 0, signal.SIGCONT) if server.pid else server.start()
            wait_until(lambda: kit.redis.cache().up)
    finally:
        if server.pid:
            os.kill(server.pid, signal.SIGCONT)
        server.stop()
        shutil.rmtree(folder)


def wait_until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + RECOVERS_WITHIN
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def kill(server: Redis) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGKILL)
    wait_until(lambda: server.pid is None)


def freeze(server: Redis) -> None:
    assert server.pid
    os.kill(server.pid, signal.SIGSTOP)


def bring_back(server: Redis) -> None:
    if server.pid:
        os.kill(server.pid, signal.SIGCONT)
    else:
        server.start()
    wait_until(lambda: kit.redis.cache().up)


@pytest.fixture(params=[kill, freeze], ids=["killed", "frozen"])
def fail(request, server) -> Callable[[], None]:
    """Make Redis fail in one of two ways."""
    return lambda: request.param(server)


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    """The threads that have sent anything to Redis, in order."""
    threads: list[str] = []
    send = redis.connection.AbstractConnection.send_packed_command

    def recording(self, *args, **kwargs):
        threads.append(threading.current_thread().name)
        return send(self, *args, **kwargs)

    monkeypatch.setattr(redis.connection.AbstractConnection, "send_packed_command", recording)
    return threads


def placing(post, person, service, request_id: str):
    form = {"service": service.pk, "link": LINK, "quantity": 1000, "request_id": request_id}
    return post(key=person.key, action="add", **form)


def test_every_action_goes_on_answering(post, alice, service, fail):
    assert post(key=alice.key, action="balance").json["balance"] == "100.00"
    fail()
    assert post(key=alice.key, action="balance").json == {"balance": "100.00", "currency": "USD"}
    placed = placing(post, alice, service, "r-1")
    assert placed.status == 200, placed.json
    assert post(key=alice.key, action="balance").json == {"balance": "99.10", "currency": "USD"}
    assert post(key=alice.key, action="status", order=placed.json["order"]).json["status"] == "pending"
    assert post(key=alice.key, action="services").json[0]["service"] == service.pk
    assert post(key="nonsense", action="balance").json == {"error": "Invalid API key"}
    assert placing(post, alice, service, "r-1").json == placed.json
    assert books_agree()


def test_only_the_request_that_finds_out_waits_for_it(post, alice, fail, asked):
    post(key=alice.key, action="balance")
    fail()
    post(key=alice.key, action="balance")
    del asked[:]
    for _ in range(50):
        assert post(key=alice.key, action="balance").status == 200
    assert threading.current_thread().name not in asked


def test_the_limits_hold_in_the_memory_of_the_process(post, alice, fail, held):
    fail()
    statuses = [post(key=alice.key, action="nothing").status for _ in range(102)]
    assert statuses == [400] * 100 + [429] * 2
    denied = post(key=alice.key, action="nothing")
    assert limit_headers(denied)["X-RateLimit-DeniedBy"] == "key"
    assert post(key=alice.key, action="balance").status == 200


def test_a_storm_of_unknown_keys_is_bounded_and_soon_costs_nothing(post, db, fail):
    fail()
    with CaptureQueriesContext(connection) as storm:
        statuses = [post(key=keys.new_key(), action="balance").status for _ in range(400)]
    assert statuses == [400] * 300 + [429] * 100
    assert len(storm) == 300


def test_what_an_operator_changes_counts_at_once(post, alice, fail):
    assert post(key=alice.key, action="balance").status == 200
    fail()
    assert post(key=alice.key, action="balance").status == 200
    accounts.operations.suspend(account_id=alice.id, reason="chargeback")
    assert post(key=alice.key, action="balance").status == 403
    accounts.operations.unsuspend(account_id=alice.id)
    accounts.operations.revoke_key(key_id=ApiKey.objects.get(account_id=alice.id).pk)
    assert post(key=alice.key, action="balance").json == {"error": "Invalid API key"}


def test_it_is_used_again_as_soon_as_it_is_back(post, alice, server, fail, asked):
    fail()
    assert post(key=alice.key, action="balance").status == 200
    bring_back(server)
    post(key=alice.key, action="balance")
    del asked[:]
    with CaptureQueriesContext(connection) as queries:
        assert post(key=alice.key, action="balance").json["balance"] == "100.00"
    assert len(queries) == 0
    assert asked.count(threading.current_thread().name) == 1


def test_what_was_cached_before_it_froze_is_not_shown_after_it_thaws(post, alice, service, server):
    assert post(key=alice.key, action="balance").json["balance"] == "100.00"
    freeze(server)
    for number in range(3):
        assert placing(post, alice, service, f"r-{number}").status == 200
    bring_back(server)
    assert post(key=alice.key, action="balance").json["balance"] == "97.30"


def test_a_key_revoked_while_it_was_frozen_stays_revoked_after_it_thaws(post, alice, server):
    assert post(key=alice.key, action="balance").status == 200
    freeze(server)
    assert post(key=alice.key, action="balance").status == 200  # from now on Redis is not even asked
    accounts.operations.revoke_key(key_id=ApiKey.objects.get(account_id=alice.id).pk)
    bring_back(server)
    assert post(key=alice.key, action="balance").json == {"error": "Invalid API key"}


def test_a_cache_that_is_emptied_is_filled_again(post, alice):
    post(key=alice.key, action="balance")
    kit.redis.cache().client.flushall()
    kit.redis.cache().client.script_flush()
    assert post(key=alice.key, action="balance").json == {"balance": "100.00", "currency": "USD"}


@pytest.mark.parametrize("setting", ["maxmemory", "min-replicas-to-write"])
def test_a_redis_that_takes_no_writes_is_done_without_until_it_does(post, alice, service, server, setting):
    post(key=alice.key, action="balance")
    client = kit.redis.cache().client
    client.config_set("maxmemory-policy", "noeviction")
    client.config_set(setting, "1")
    assert post(key=alice.key, action="balance").json == {"balance": "100.00", "currency": "USD"}
    assert placing(post, alice, service, "r-1").status == 200
    assert post(key=alice.key, action="balance").json == {"balance": "99.10", "currency": "USD"}
    assert [post(key=alice.key, action="nothing").status for _ in range(101)].count(429) == 2
    client.config_set(setting, "0")
    bring_back(server)
    assert post(key=alice.key, action="nothing").headers["X-RateLimit-Remaining"] == "99"
    assert post(key=alice.key, action="balance").json == {"balance": "99.10", "currency": "USD"}


def test_eight_threads_go_on_through_a_failure_and_a_return(post, alice, service, server, fail, together, settings):
    settings.RATE_LIMIT_IP = settings.RATE_LIMIT_KEY = settings.RATE_LIMIT_BALANCE_IP = None
    settings.RATE_LIMIT_TIER = False

    def client(number: int) -> set[int]:
        statuses = set()
        for each in range(30):
            if number == 0 and each == 5:
                fail()
            if number == 0 and each == 20:
                bring_back(server)
            statuses.add(post(key=alice.key, action="balance").status)
            statuses.add(placing(post, alice, service, f"{number}-{each % 10}").status)
        return statuses

    assert together(8, client) == [{200}] * 8
    assert books_agree()
    assert alice.user.orders.count() == 80
