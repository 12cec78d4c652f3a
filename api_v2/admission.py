"""Who is asking, and may they ask now: one round trip to Redis, or this process's own memory without it."""

from decimal import Decimal
from pathlib import Path

from django.conf import settings

import accounts.queries
from accounts import cached, keys
from accounts.addresses import comparable
from api_v2 import local_admission
from api_v2.limits import Layer
from api_v2.second_try import with_second_try
from api_v2.verdict import Admission, Caller, Verdict
from kit import clock, records
from kit.client_address import counted_as, parsed
from kit.redis import CacheDown, Script
from wallets.queries import RECORD_PREFIX as BALANCE

_script = Script((Path(__file__).parent / "admission.lua").read_text())


def admit(address: str, key: str, *, free: bool, free_by_form: bool | None) -> Admission:
    """Count the request and say whether it may go on.

    :param address: the client's address.
    :param key: what was sent as the key; empty for none.
    :param free: a poll of the balance, which spends none of the three layers.
    :param free_by_form: whether it is one by the form alone, all that a key of the standard dialect goes by; None: the
        key is not in it, and such a key opens nothing.
    """
    digest = keys.digest(key) if keys.is_well_formed(key) else None
    try:
        return _by_redis(address, digest, free=free, free_by_form=free_by_form)
    except CacheDown:
        return local_admission.admit(address, digest, free=free, free_by_form=free_by_form)


def _by_redis(address: str, digest: bytes | None, *, free: bool, free_by_form: bool | None) -> Admission:
    row = _ask(address, digest, free=free, free_by_form=free_by_form, again=False)
    if row[0] == b"miss" and digest is not None:
        records.write(*_looked_up(digest))
        row = _ask(address, digest, free=free, free_by_form=free_by_form, again=True)
        if row[0] == b"miss":
            raise CacheDown("what was written to the cache is not there")
    return _read(row)


def _looked_up(digest: bytes) -> list[records.Record]:
    key = with_second_try(lambda: accounts.queries.key_by_digest(digest))
    if key is None:
        return [cached.ended_record(digest)]
    return [
        cached.key_record(key),
        cached.account_record(key.account),
        cached.tier_record(key.account.tier),
    ]


BY_FORM = {None: "", False: "paid", True: "free"}


def _ask(
    address: str, digest: bytes | None, *, free: bool, free_by_form: bool | None, again: bool
) -> list[bytes | int]:
    counted = counted_as(address)
    row: list[bytes | int] = _script(
        [
            f"l:i:{counted}",
            f"l:b:{counted}",
            cached.key_name(digest) if digest else "",
            cached.USE_COUNT,
            cached.USE_AT,
        ],
        [
            clock.milliseconds(),
            settings.RATE_LIMIT_IP or 0,
            settings.RATE_LIMIT_BALANCE_IP or 0,
            settings.RATE_LIMIT_KEY or 0,
            int(settings.RATE_LIMIT_TIER),
            int(free),
            int(again),
            comparable(address) if parsed(address) else "",
            cached.ACCOUNT,
            cached.TIER,
            BALANCE,
            BY_FORM[free_by_form],
        ],
    )
    return row


def _read(row: list[bytes | int]) -> Admission:
    word = _text(row[0])
    if word == "polls":
        polls = Layer("ip", int(row[1]), settings.RATE_LIMIT_BALANCE_IP or 0, int(row[2]))
        return Admission(Verdict.SPENT, [polls], denied_by="ip")
    layers = [Layer("ip", int(row[1]), settings.RATE_LIMIT_IP or 0, int(row[2]))]
    if len(row) == 3:
        denied_by = "ip" if word == "ip" else None
        return Admission(Verdict.SPENT if denied_by else Verdict.UNKNOWN_KEY, layers, denied_by)
    layers.append(Layer("key", int(row[3]), int(row[5]), int(row[4])))
    layers.append(Layer("tier", int(row[6]), int(row[8]), int(row[7])))
    caller = Caller(
        account_id=int(row[9]),
        key_id=int(row[10]),
        key_prefix=_text(row[11]),
        dialect=_text(row[12]),
        read_only=row[13] == b"1",
        cached_balance=Decimal(_text(row[14])) if row[14] else None,
    )
    if word in {"key", "tier"}:
        return Admission(Verdict.SPENT, layers, word, caller)
    return Admission(Verdict(word), layers, None, caller)


def _text(value: bytes | int) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
