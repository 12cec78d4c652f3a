"""The bell after a commit: real brokers that are there, dead, frozen; nobody ever waits for one or hears of it."""

import time
from collections.abc import Callable
from functools import partial

import pytest
import redis
from django.db import transaction

import kit.nudge
from kit.nudge import SEND_WITHIN, Ringer, nudge
from tests.racing import at_once
from tests.waiting import wait_until

TASK = "tests.bell"


@pytest.fixture
def broker(own_redis, monkeypatch):
    """Return a broker of its own that the bells of this test go to."""
    monkeypatch.setenv("CELERY_BROKER_WRITE_URL", f"redis+socket://{own_redis.socket}?virtual_host=0")
    monkeypatch.setattr(kit.nudge, "_current", None)
    yield own_redis
    if own_redis.pid:
        own_redis.thaw()


@pytest.fixture
def bells(broker) -> Callable[[], int]:
    """Return how many bells have come to the broker."""

    def count() -> int:
        with redis.Redis(unix_socket_path=str(broker.socket)) as client:
            return int(client.llen("celery"))

    return count


@pytest.fixture
def ringer(broker) -> Ringer:
    """Return a ringer whose thread has not been started: what it is told to send, it sends here."""
    return Ringer()


def heard(broker):
    """Return the messages the broker holds, one after the other."""
    with redis.Redis(unix_socket_path=str(broker.socket)) as client:
        return b"".join(client.lrange("celery", 0, -1))


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_the_bell_rings_at_once(bells, broker):
    nudge(TASK)
    wait_until(bells, "the bell rings")
    assert TASK.encode() in heard(broker)


@pytest.mark.django_db(transaction=True)
def test_the_bell_rings_after_the_commit_and_not_before(bells):
    with transaction.atomic():
        nudge(TASK)
        assert kit.nudge._current is None
    wait_until(bells, "the bell rings")


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_rings_no_bell(bells, broker):
    with transaction.atomic():
        nudge("tests.never")
        transaction.set_rollback(True)
    nudge(TASK)
    wait_until(bells, "another bell rings")
    nudge("tests.last")
    wait_until(lambda: bells() == 2, "the last bell rings")
    assert b"tests.never" not in heard(broker)


@pytest.mark.django_db(transaction=True)
def test_many_bells_of_one_name_within_a_moment_are_few(bells):
    """The first rings at once; those of the moment after it are one more, those of another name their own."""
    with transaction.atomic():
        for _ in range(500):
            nudge(TASK)
    nudge("tests.last")
    ringer = kit.nudge._ringer()
    wait_until(lambda: bells() >= 2 and not ringer._waiting, "all bells have rung")
    assert bells() < 50


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_a_broker_that_is_gone_delays_nobody_and_raises_nothing(broker, bells, fault):
    nudge(TASK)
    wait_until(bells, "the bell rings while the broker is there")
    getattr(broker, fault)()
    begun = time.monotonic()
    for _ in range(200):
        with transaction.atomic():
            nudge(TASK)
    assert time.monotonic() - begun < 200 * SEND_WITHIN  # what it would take, were each waited for


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_after_the_broker_has_come_back_bells_ring_again(broker, bells, fault):
    nudge(TASK)
    wait_until(bells, "the bell rings while the broker is there")
    getattr(broker, fault)()
    nudge(TASK)
    if fault == "kill":
        broker.start()
    else:
        broker.thaw()

    def rings():
        nudge(TASK)
        return bells()

    wait_until(rings, "a bell rings again")


@pytest.mark.parametrize("fault", ["kill", "freeze"])
def test_the_thread_itself_gives_up_on_a_broker_and_says_so(broker, ringer, caplog, fault):
    assert ringer.send(TASK) is True
    getattr(broker, fault)()
    results = at_once(partial(ringer.send, TASK), database=False)
    assert results == [False]
    assert f"could not nudge {TASK}" in caplog.text
    assert "The sweep will find the work." in caplog.text


def test_a_connection_that_broke_is_made_anew(broker, ringer):
    assert ringer.send(TASK) is True
    broker.kill()
    assert ringer.send(TASK) is False
    broker.start()
    assert ringer.send(TASK) is True


def test_threads_share_one_ringer_and_a_fork_has_its_own(broker, monkeypatch):
    assert len({id(each) for each in at_once(*[kit.nudge._ringer] * 8, database=False)}) == 1
    before = kit.nudge._ringer()
    monkeypatch.setattr("os.getpid", lambda: before.pid + 1)
    assert kit.nudge._ringer() is not before
