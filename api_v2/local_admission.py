"""Admission while Redis is away: the same limits, counted by each process for itself."""

from django.conf import settings

import accounts.queries
from accounts.addresses import comparable, ranges
from accounts.models import ApiKey
from api_v2.limits import Layer, of_key, of_tier
from api_v2.second_try import with_second_try
from api_v2.verdict import Admission, Caller, Verdict
from kit.client_address import counted_as, parsed
from kit.counters import Counters

counters = Counters()


def admit(address: str, digest: bytes | None, *, free: bool, free_by_form: bool | None) -> Admission:
    """Do what `admission.admit` promises, with the key looked up in the database each time."""
    counted = counted_as(address)
    ip_limit = settings.RATE_LIMIT_IP or 0
    if free:
        polls_limit = settings.RATE_LIMIT_BALANCE_IP or 0
        used, reset = counters.peek(f"i:{counted}")
        if ip_limit and used >= ip_limit:
            return _spent(Layer("ip", used, ip_limit, reset))
        allowed, used, reset = counters.spend(f"b:{counted}", polls_limit)
        if not allowed:
            return _spent(Layer("ip", used, polls_limit, reset))
    else:
        allowed, used, reset = counters.spend(f"i:{counted}", ip_limit)
        if not allowed:
            return _spent(Layer("ip", used, ip_limit, reset))
    key = with_second_try(lambda: accounts.queries.key_by_digest(digest)) if digest else None
    if key is None or not _usable(key, address, in_form=free_by_form is not None):
        if free:
            counters.spend(f"i:{counted}", ip_limit)
        used, reset = counters.peek(f"i:{counted}")
        return Admission(Verdict.UNKNOWN_KEY, [Layer("ip", used, ip_limit, reset)])
    if free and key.dialect == "standard" and not free_by_form:
        free = False
        counters.spend(f"i:{counted}", ip_limit)
    return _admit_key(key, counted, free=free)


def _usable(key: ApiKey, address: str, *, in_form: bool) -> bool:
    if key.has_ended or (key.dialect == "standard" and not in_form):
        return False
    if not key.allowed_ips:
        return True
    here = comparable(address) if parsed(address) else ""
    pairs = (each.split("-") for each in ranges(key.allowed_ips).split(","))
    return any(first <= here <= last for first, last in pairs)


def _admit_key(key: ApiKey, counted: str, *, free: bool) -> Admission:
    names = {"ip": f"i:{counted}", "key": f"k:{key.pk}", "tier": f"t:{key.account_id}"}
    limits = {
        "ip": settings.RATE_LIMIT_IP or 0,
        "key": of_key(key.requests_per_minute),
        "tier": of_tier(key.account.tier.requests_per_minute),
    }
    denied_by = None
    verdict = Verdict.ADMITTED
    if key.account.suspended_at is not None:
        verdict = Verdict.SUSPENDED
    elif not free:
        # any() stops at the first layer that refuses: nothing is spent in those after it.
        denied_by = next((n for n in ("key", "tier") if not counters.spend(names[n], limits[n])[0]), None)
        verdict = Verdict.SPENT if denied_by else verdict
    layers = [Layer(name, *_used(names[name], limits[name])) for name in names]
    caller = Caller(key.account_id, key.pk, key.prefix, key.dialect, key.read_only)
    return Admission(verdict, layers, denied_by, caller)


def _used(name: str, limit: int) -> tuple[int, int, int]:
    used, reset = counters.peek(name)
    return used, limit, reset


def _spent(layer: Layer) -> Admission:
    return Admission(Verdict.SPENT, [layer], denied_by="ip")
