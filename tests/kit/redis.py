"""The breaker before the cache's Redis: real servers that are frozen, killed and started again."""

import threading
from functools import partial

import pytest
import redis

import kit.redis
from kit.redis import CacheDown, Script
from tests.racing import at_once
from tests.waiting import wait_until


def ping(breaker):
    return breaker.call(breaker.client.ping)


def knocking():
    return [thread for thread in threading.enumerate() if thread.name == "redis-knock"]


def test_while_redis_answers_its_answers_come_through(breaker):
    assert ping(breaker) is True
    assert breaker.up is True


@pytest.mark.parametrize("fault", ["freeze", "kill", "stop"])
def test_the_first_call_that_fails_opens_it_and_it_closes_by_itself(breaker, own_redis, fault):
    assert ping(breaker) is True
    getattr(own_redis, fault)()
    with pytest.raises(CacheDown):
        ping(breaker)
    assert breaker.up is False
    with pytest.raises(CacheDown) as refusal:
        ping(breaker)
    assert str(refusal.value) == "Redis is not answering"
    if fault == "freeze":
        own_redis.thaw()
    else:
        own_redis.start()
    wait_until(lambda: breaker.up, "the breaker closes")
    assert ping(breaker) is True


def test_while_it_is_open_redis_is_not_asked(breaker, own_redis):
    own_redis.freeze()
    with pytest.raises(CacheDown):
        ping(breaker)
    asked: list[str] = []
    with pytest.raises(CacheDown):
        breaker.call(partial(asked.append, "asked"))
    assert asked == []


def test_however_many_calls_fail_at_once_one_thread_knocks(breaker, own_redis):
    assert ping(breaker) is True
    own_redis.freeze()
    before = len(knocking())
    results = at_once(*[partial(ping, breaker)] * 16, database=False)
    assert [type(each) for each in results] == [CacheDown] * 16
    assert len(knocking()) == before + 1


def test_connections_from_before_a_restart_do_not_open_it_again(breaker, own_redis):
    assert at_once(*[partial(ping, breaker)] * 8, database=False) == [True] * 8
    own_redis.kill()
    with pytest.raises(CacheDown):
        ping(breaker)
    own_redis.start()
    wait_until(lambda: breaker.up, "the breaker closes")
    assert at_once(*[partial(ping, breaker)] * 8, database=False) == [True] * 8


def test_an_error_in_a_command_is_the_callers_and_opens_nothing(breaker):
    with pytest.raises(redis.ResponseError):
        breaker.call(lambda: breaker.client.execute_command("NO-SUCH-COMMAND"))
    assert breaker.up is True


def test_a_full_redis_that_takes_no_writes_is_gone_on_without(breaker):
    """An operator's own server may be set to refuse writes when it is full."""
    breaker.client.config_set("maxmemory", "1")
    breaker.client.config_set("maxmemory-policy", "noeviction")
    with pytest.raises(CacheDown):
        breaker.call(lambda: breaker.client.set("a", "b"))
    breaker.client.config_set("maxmemory", "0")
    wait_until(lambda: breaker.up, "the breaker closes")
    assert breaker.call(lambda: breaker.client.set("a", "b")) is True


def test_a_replica_that_takes_no_writes_is_gone_on_without(breaker):
    breaker.client.replicaof("127.0.0.1", "1")
    with pytest.raises(CacheDown):
        breaker.call(lambda: breaker.client.set("a", "b"))
    breaker.client.replicaof("NO", "ONE")
    wait_until(lambda: breaker.up, "the breaker closes")
    assert breaker.call(lambda: breaker.client.set("a", "b")) is True


def test_a_script_survives_a_restart_that_has_forgotten_it(breaker, own_redis, monkeypatch):
    monkeypatch.setattr(kit.redis, "_breaker", breaker)
    double = Script("return ARGV[1] * 2")
    assert double([], [21]) == 42
    own_redis.kill()
    with pytest.raises(CacheDown):
        double([], [21])
    own_redis.start()
    wait_until(lambda: breaker.up, "the breaker closes")
    assert double([], [21]) == 42


def test_a_process_has_one_way_to_its_cache():
    assert len({id(each) for each in at_once(*[kit.redis.cache] * 8, database=False)}) == 1
