"""Writes that Redis is owed: paid by whoever comes first, and never what keeps a process from its Redis."""

import threading
from functools import partial

import pytest
import redis

from kit.redis import Breaker, CacheDown
from tests.racing import at_once
from tests.waiting import wait_until


@pytest.fixture
def breaker(own_redis):
    """Return a breaker before a server of its own."""
    breaker = Breaker(own_redis.url)
    yield breaker
    breaker.client.close()


@pytest.fixture
def down(breaker, own_redis):
    """Return it open: its server has been killed."""
    own_redis.kill()
    with pytest.raises(CacheDown):
        breaker.call(breaker.client.ping)
    return breaker


def setting(name):
    return lambda client: client.set(name, "paid")


def refused(client):
    client.execute_command("NO-SUCH-COMMAND")


def impossible(client):
    client.set("a", object())


def broken(client):
    raise TypeError("a write of ours that cannot work")


def test_what_is_owed_is_paid_before_redis_is_asked_again(down, own_redis):
    for number in range(3):
        down.owe(f"name {number}", 1, setting(f"owed {number}"))
    own_redis.start()
    wait_until(lambda: down.up, "the breaker closes")
    assert down.client.mget("owed 0", "owed 1", "owed 2") == [b"paid"] * 3


@pytest.mark.parametrize("poisoned", [refused, impossible, broken])
def test_a_write_that_can_never_be_made_is_dropped_and_holds_nothing_up(down, own_redis, poisoned, caplog):
    down.owe("poisoned", 1, poisoned)
    down.owe("good", 1, setting("good"))
    own_redis.start()
    wait_until(lambda: down.up, "the breaker closes")
    assert down.client.get("good") == b"paid"
    assert "Redis (cache) does not take poisoned, which is dropped" in caplog.text


def test_a_write_that_a_full_redis_refuses_stays_owed_until_there_is_room(down, own_redis):
    taken = []

    def write(client):
        client.set("owed", "paid")
        taken.append("owed")

    down.owe("owed", 1, write)
    own_redis._settings |= {"maxmemory": "1", "maxmemory-policy": "noeviction"}
    own_redis.start()
    with redis.Redis.from_url(own_redis.url) as operator:
        wait_until(lambda: operator.info("stats")["total_error_replies"], "the write is refused")
        assert (down.up, taken) == (False, [])
        operator.config_set("maxmemory", "0")
        wait_until(lambda: down.up, "the breaker closes")
        assert operator.get("owed") == b"paid"


def test_who_asks_whether_redis_is_back_outlives_any_error(down, own_redis, monkeypatch, caplog):
    asked = threading.Event()
    ping = down.client.ping

    def stumble():
        if not asked.is_set():
            asked.set()
            raise RuntimeError("something of ours")
        return ping()

    monkeypatch.setattr(down.client, "ping", stumble)
    own_redis.start()
    wait_until(lambda: down.up, "the breaker closes")
    assert "asking whether Redis (cache) answers again" in caplog.text


class Overtaken:
    """A lock that one gets only after another payer has been quicker."""

    def __init__(self, owed):
        self.owed = owed

    def __enter__(self):
        self.owed.clear()

    def __exit__(self, *raised):
        pass


def test_a_payer_who_comes_too_late_finds_nothing_to_do(breaker, monkeypatch):
    made: list[str] = []
    owed = {"name": (1, lambda client: made.append("made"))}
    monkeypatch.setattr(breaker, "_owed", owed)
    monkeypatch.setattr(breaker, "_lock", Overtaken(owed))
    breaker._pay()
    assert made == []


def test_many_who_owe_and_pay_at_once_pay_everything(breaker):
    names = [f"name {number}" for number in range(200)]
    owe_all = [partial(breaker.owe, name, 1, setting(name)) for name in names]
    results = at_once(*[lambda: [owe() for owe in owe_all]] * 8, database=False)
    assert results == [[None] * 200] * 8
    assert breaker.client.mget(names) == [b"paid"] * 200
    assert breaker._owed == {}
