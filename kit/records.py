"""Cached records that never go back: a hash in Redis with a version, which only a newer version replaces.

Each is written through after the commit that changed it, and filled by whoever read the database and found
nothing. Nothing is ever deleted: a late filler with an old row would then win. What ends is its validity;
the version is kept far longer.
"""

import json
import logging
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from kit import clock
from kit.redis import CacheDown, Script, cache

logger = logging.getLogger(__name__)

KEEP_MS = 3_600_000  # the version outlives the value, so that a filler that slept for minutes is still refused

# One round trip for any number of records: KEYS name them, ARGV[i] holds the i-th as JSON.
_write = Script(
    """
    local written = 0
    for i, name in ipairs(KEYS) do
        local record = cjson.decode(ARGV[i])
        local have = redis.call('HGET', name, 'v')
        if not have or tonumber(have) <= record.version then
            redis.call('HSET', name, 'v', record.version, 'u', record.until_ms, unpack(record.fields))
            redis.call('PEXPIRE', name, record.keep_ms)
            written = written + 1
        end
    end
    return written
    """
)


@dataclass(frozen=True, slots=True)
class Record:
    """What is to be cached: a hash of `fields`, joined by `v` (version) and `u` (valid until, in milliseconds)."""

    name: str
    version: int
    fields: Mapping[str, str | int]
    keep_ms: int = KEEP_MS

    def packed(self, now_ms: int) -> str:
        """Return the record as the script reads it."""
        return json.dumps(
            {
                "version": self.version,
                "until_ms": str(now_ms + settings.CACHE_SECONDS * 1000),
                "keep_ms": self.keep_ms,
                "fields": [str(part) for field in self.fields.items() for part in field],
            }
        )


def write(*records: Record) -> int:
    """Put each record into the cache unless a newer one is there, in one round trip; return how many were put."""
    now = clock.milliseconds()
    try:
        return int(_write([each.name for each in records], [each.packed(now) for each in records]))
    except CacheDown as error:
        _log(error, *records)
        return 0


def write_after_commit(record: Record) -> None:
    """Write the record through once the current transaction has committed, before its caller answers.

    Where Redis is away, this process writes it before it asks Redis anything again. Another process may be
    shown what was cached before for CACHE_SECONDS at most, as docs/operating.md says.
    """

    def write_through() -> None:
        names, packed = [record.name], [record.packed(clock.milliseconds())]
        try:
            _write(names, packed)
        except CacheDown as error:
            _log(error, record)
            cache().owe(record.name, record.version, lambda client: _write.on(client, names, packed))

    transaction.on_commit(write_through, robust=True)


def _log(error: CacheDown, *records: Record) -> None:
    logger.info("not written to the cache: %s (%s)", [each.name for each in records], error)
