"""A lease: held by one at a time, given back, ended by itself, and everyone's where Redis is not."""

from functools import partial

import pytest

import kit.redis
from kit.lease import lease
from kit.redis import Breaker, cache
from tests.racing import at_once
from tests.waiting import wait_until

LONG = 600.0


def test_while_one_holds_it_another_does_not():
    with lease("work", seconds=LONG) as mine:
        assert mine is not None
        with lease("work", seconds=LONG) as theirs:
            assert theirs is None
        with lease("other work", seconds=LONG) as other:
            assert other is not None


def test_it_is_given_back_at_the_end():
    with lease("work", seconds=LONG):
        pass
    with lease("work", seconds=LONG) as mine:
        assert mine is not None


def test_it_is_given_back_after_an_error():
    with pytest.raises(ValueError, match="broke"), lease("work", seconds=LONG):
        raise ValueError("broke")
    assert cache().client.exists("lease:work") == 0


def test_one_who_does_not_hold_it_does_not_give_it_back():
    with lease("work", seconds=LONG):
        with lease("work", seconds=LONG) as theirs:
            assert theirs is None
        assert cache().client.exists("lease:work") == 1


def test_it_ends_by_itself_and_is_then_another_ones():
    with lease("work", seconds=0.05) as mine:
        wait_until(lambda: not cache().client.exists("lease:work"), "the lease ends by itself")
        with lease("work", seconds=LONG) as theirs:
            assert mine is not None
            assert theirs is not None
            mine.renew()  # too late: it is not ours any more
            assert 1000 < cache().client.pttl("lease:work") <= LONG * 1000
        assert cache().client.exists("lease:work") == 0


def test_one_who_was_too_slow_does_not_give_back_what_is_another_ones():
    with lease("work", seconds=0.05):
        wait_until(lambda: not cache().client.exists("lease:work"), "the lease ends by itself")
        late = lease("work", seconds=LONG)
        assert late.__enter__() is not None
    assert cache().client.exists("lease:work") == 1


def test_it_may_be_held_for_longer():
    with lease("work", seconds=LONG) as mine:
        assert mine is not None
        cache().client.pexpire("lease:work", 5000)
        mine.renew()
        assert cache().client.pttl("lease:work") > 5000


def test_of_twenty_who_want_it_at_once_one_holds_it():
    everyone = [lease("work", seconds=LONG) for _ in range(20)]
    held = at_once(*[each.__enter__ for each in everyone], database=False)
    assert [each is not None for each in held].count(True) == 1


def test_without_redis_everyone_holds_it(own_redis, monkeypatch):
    breaker = Breaker(own_redis.url)
    monkeypatch.setattr(kit.redis, "_breaker", breaker)
    own_redis.kill()
    with lease("work", seconds=LONG) as mine, lease("work", seconds=LONG) as theirs:
        assert mine is not None
        assert theirs is not None
        mine.renew()
    own_redis.start()
    wait_until(lambda: breaker.up, "the breaker closes")
    assert at_once(partial(breaker.client.exists, "lease:work"), database=False) == [0]
