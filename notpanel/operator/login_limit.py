"""How often one may try to log in: per address and per e-mail, counted by django-ratelimit in Redis.

With Redis down django-ratelimit raises (its FAIL_OPEN does not help): each process then counts for itself.
"""

import logging
import math
from typing import Any

import redis
from django.conf import settings
from django.http import HttpRequest
from django_ratelimit.core import get_usage

from api_v2.local_admission import Counters
from kit import clock
from kit.client_address import client_address, counted_as
from kit.redis import CacheDown, cache

logger = logging.getLogger(__name__)
LONGEST_EMAIL = 254
local = Counters()


def seconds_to_wait(request: HttpRequest) -> int:
    """Count a try and return 0 where it is allowed, else after how many seconds another one may be."""
    limit = settings.RATE_LIMIT_LOGIN
    if limit is None:
        return 0
    # An address that has spent its tries spends none of the e-mail's: it cannot shut the operator out for long.
    return _spend(request, "login-address", address(request), limit) or _spend(
        request, "login-email", _email(request), limit
    )


def address(request: HttpRequest) -> str:
    """Return the address that the request is counted for."""
    peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
    return counted_as(client_address(peer, forwarded, tuple(settings.TRUSTED_PROXIES)))


def _email(request: HttpRequest) -> str:
    return request.POST.get("username", "").strip().lower()[:LONGEST_EMAIL]


def _spend(request: HttpRequest, group: str, value: str, limit: int) -> int:
    try:
        # The ping costs what a frozen Redis may cost here, a quarter of a second, once.
        cache().call(cache().client.ping)
        usage = cache().call(lambda: _count(request, group, value, limit))
    except (CacheDown, redis.RedisError) as error:
        logger.info("log-ins are counted by this process alone: %s", error)
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
