"""Writing down how much each key is used, once a minute, of what admission noted in Redis (api_v2/admission.lua).

These are statistics: what dies with Redis, or with PostgreSQL just as it is written, is at most a minute of them; what
is admitted while Redis is away is not counted. No key's version rises, as nothing that admission goes by has changed.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction

from accounts.cached import USE_AT, USE_COUNT
from accounts.models import KeyUse
from kit import clock
from kit.redis import CacheDown, Script

KEEP_DAYS = 90

# Two that take at once do not take the same.
_take = Script(
    """
    local taken = {redis.call('HGETALL', KEYS[1]), redis.call('HGETALL', KEYS[2])}
    redis.call('DEL', KEYS[1], KEYS[2])
    return taken
    """
)

# Rows are locked in the order of their keys, so that two that write at once never wait for each other in a circle.
ADD_UP = """
INSERT INTO accounts_keyuse (api_key_id, day, requests)
SELECT k.id, used.day, used.requests
FROM unnest(%(keys)s::bigint[], %(days)s::date[], %(requests)s::bigint[]) AS used (key, day, requests)
JOIN accounts_apikey k ON k.id = used.key
ORDER BY k.id
ON CONFLICT ON CONSTRAINT key_use_unique_day
DO UPDATE SET requests = accounts_keyuse.requests + excluded.requests
"""
SEEN = """
UPDATE accounts_apikey key SET last_used_at = seen.at
FROM (
    SELECT k.id, used.at
    FROM unnest(%(keys)s::bigint[], %(at)s::timestamptz[]) AS used (key, at)
    JOIN accounts_apikey k ON k.id = used.key
    WHERE k.last_used_at IS NULL OR k.last_used_at < used.at
    ORDER BY k.id FOR NO KEY UPDATE OF k
) seen
WHERE key.id = seen.id
"""


def note_use() -> int:
    """Write down what was noted since the last time, and forget days older than 90; return how many keys were used."""
    # First, as with PostgreSQL away it fails here, where nothing has been taken yet.
    KeyUse.objects.filter(day__lt=clock.now().date() - timedelta(days=KEEP_DAYS)).delete()
    used = _taken()
    if used["keys"]:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(ADD_UP, used)
            cursor.execute(SEEN, used)
    return len(used["keys"])


def _taken() -> dict[str, list[Any]]:
    """Take away what is noted; requests count for the day of the last of them."""
    try:
        counts, times = (_numbers(flat) for flat in _take([USE_COUNT, USE_AT], []))
    except CacheDown:
        counts, times = {}, {}
    # Redis may have thrown either of the two away for want of memory.
    at = [datetime.fromtimestamp(times.get(key, clock.milliseconds()) / 1000, UTC) for key in counts]
    return {"keys": list(counts), "requests": list(counts.values()), "at": at, "days": [each.date() for each in at]}


def _numbers(flat: list[bytes]) -> dict[int, int]:
    numbers = [int(each) for each in flat]
    return dict(zip(numbers[::2], numbers[1::2], strict=True))
