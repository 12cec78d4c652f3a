"""How much of an account's limits is used now, for its pages: read from the counters that admission keeps."""

from dataclasses import dataclass

import accounts.queries
from api_v2.limits import Layer, of_key, of_tier
from kit import clock
from kit.counters import WINDOW_MS
from kit.redis import CacheDown, cache


@dataclass(frozen=True, slots=True)
class Usage:
    """The counters of an account as they stand: of each key that works, by its id, and of all of them together."""

    keys: dict[int, Layer]
    tier: Layer


def usage(account_id: int) -> Usage | None:
    """Return what is used, in one round trip to Redis and spending nothing; None where Redis is away.

    :raises Tier.DoesNotExist: where there is no such account.
    """
    tier = of_tier(accounts.queries.tier_of(account_id).requests_per_minute)
    keys = [key for key in accounts.queries.keys_of(account_id) if not key.has_ended]
    # Named as in admission.lua.
    names = [f"l:t:{account_id}", *(f"l:k:{key.pk}" for key in keys)]
    try:
        of_all, *of_each = _peek(names)
    except CacheDown:
        return None
    shown = {
        key.pk: Layer("key", used, of_key(key.requests_per_minute), reset)
        for key, (used, reset) in zip(keys, of_each, strict=True)
    }
    return Usage(shown, Layer("tier", of_all[0], tier, of_all[1]))


def _peek(names: list[str]) -> list[tuple[int, int]]:
    """Return of each counter how much is used, and until when its window lasts (milliseconds)."""
    pipeline = cache().client.pipeline(transaction=False)
    for name in names:
        pipeline.hmget(name, "n", "r")
    now = clock.milliseconds()
    windows = [(int(used or 0), int(reset or 0)) for used, reset in cache().call(pipeline.execute)]
    return [(used, reset) if reset > now else (0, now + WINDOW_MS) for used, reset in windows]
