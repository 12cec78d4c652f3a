"""How often one may try what can be guessed: per address, and per account that is tried, counted by django-ratelimit.

Log-in, sign-up, a password's reset, a second factor, a key: each is a group that counts for itself. With Redis down
django-ratelimit raises over the cache `limits` (its FAIL_OPEN does not help): each process then counts for itself.
"""

import logging
import math
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from kit import clock
from kit.client_address import client_address, counted_as
from kit.counters import Counters
from kit.redis import CacheDown, cache

logger = logging.getLogger(__name__)
LONGEST_WHO = 254  # an e-mail address: nothing that counts is longer
local = Counters()


def seconds_to_wait(request: HttpRequest, group: str, who: str = "") -> int:
    """Count a try and return 0 where it is allowed, else after how many seconds another one may be.

    :param group: what is tried: tries of one group spend none of another's.
    :param who: the e-mail address as it was typed, the account's number, or another name to count by; empty where
        nobody is named.
    """
    limit = settings.RATE_LIMIT_LOGIN
    if limit is None:
        return 0
    named = who.strip().lower()[:LONGEST_WHO]
    # An address that has spent its tries spends none of the account's. Those that it had are as many as the account's,
    # and come back each minute: to log-ins, the owner's own browsers are somebody else than strangers (`who`).
    wait = _spend(request, f"{group}-address", address(request), limit)
    return wait or (_spend(request, f"{group}-who", named, limit) if named else 0)


def address(request: HttpRequest) -> str:
    """Return the address that the request is counted for."""
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return counted_as(client_address(peer, forwarded, tuple(settings.TRUSTED_PROXIES)))


def _spend(request: HttpRequest, group: str, value: str, limit: int) -> int:
    try:
        # The ping costs what a frozen Redis may cost here, a quarter of a second, once.
        cache().call(cache().client.ping)
        usage = cache().call(lambda: _count(request, group, value, limit))
    except (CacheDown, redis.RedisError) as error:
        logger.info("tries are counted by this process alone: %s", error)
        return _spend_locally(f"{group}:{value}", limit)
    if usage is None or not usage["should_limit"]:
        return 0
    return max(int(usage["time_left"]), 1)


def _count(request: HttpRequest, group: str, value: str, limit: int) -> dict[str, Any] | None:
    usage: dict[str, Any] | None = get_usage(
        request, group=group, key=lambda *_: value, rate=f"{limit}/m", increment=True
    )
    return usage


def _spend_locally(name: str, limit: int) -> int:
    allowed, _, reset = local.spend(name, limit)
    return 0 if allowed else max(math.ceil((reset - clock.milliseconds()) / 1000), 1)
