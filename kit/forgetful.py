"""Django's cache for what pages keep for a while and can do without: with Redis away, it has kept nothing.

allauth keeps there which one-time codes were used, and a page is not to fail with Redis. It goes to Redis by the
breaker of kit/redis.py: an outage is logged once, and costs those who ask as it begins a quarter of a second at most.
Whoever has to know that nothing is kept, as django-ratelimit has, uses the cache `limits`, which raises.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import redis
from django.core.cache.backends.redis import RedisCache, RedisCacheClient

from kit.redis import CacheDown, cache

P = ParamSpec("P")
T = TypeVar("T")


def _or(otherwise: T, ask: Callable[P, T]) -> Callable[P, T]:
    @wraps(ask)
    def asked(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return cache().call(lambda: ask(*args, **kwargs))
        except CacheDown:
            return otherwise

    return asked


class ForgetfulClient(RedisCacheClient):
    """Answers as Django's client does, and without Redis as Django's DummyCache would, which keeps nothing."""

    add = _or(True, RedisCacheClient.add)  # allauth waits for a lock until it is added
    set = _or(None, RedisCacheClient.set)
    touch = _or(False, RedisCacheClient.touch)
    delete = _or(False, RedisCacheClient.delete)
    get_many = _or({}, RedisCacheClient.get_many)
    has_key = _or(False, RedisCacheClient.has_key)
    set_many = _or(None, RedisCacheClient.set_many)
    delete_many = _or(None, RedisCacheClient.delete_many)
    clear = _or(False, RedisCacheClient.clear)

    def get_client(self, key: Any = None, *, write: bool = False) -> redis.Redis:
        """Return this process's one way to the cache's Redis, whose connections do not outlive an outage."""
        return cache().client

    def get(self, key: Any, default: Any) -> Any:
        """Return what is kept, or the default."""
        return _or(default, super().get)(key, default)

    def incr(self, key: Any, delta: int) -> int:
        """Return the number as it is after the rise.

        :raises ValueError: where no number is kept, as every cache of Django's does.
        """
        number: int | None = _or(None, super().incr)(key, delta)
        if number is None:
            raise ValueError(f"Key {key!r} not found.")
        return number


class ForgetfulCache(RedisCache):
    """The backend for CACHES. It takes no LOCATION: kit/redis.py knows where the cache's Redis is."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = ForgetfulClient
