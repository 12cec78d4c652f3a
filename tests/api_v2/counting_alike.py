"""The script in Redis and the memory of a process admit the same requests: one random sequence, told to both."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

import accounts.operations
import kit.redis
from accounts import keys
from accounts.models import ApiKey, Tier
from api_v2 import local_admission
from api_v2.admission import admit
from kit import clock
from kit.counters import Counters
from tests.api_v2.conftest import NOBODY_THERE

pytestmark = pytest.mark.django_db

ADDRESSES = ("203.0.113.1", "203.0.113.2", "2001:db8::1")
KINDS: dict[str, dict[str, Any]] = {
    "standard": {},
    "classic": {"dialect": "classic"},
    "of few requests": {"dialect": "classic", "requests_per_minute": 2},
    "read-only": {"dialect": "classic", "read_only": True},
    "of one address": {"allowed_ips": [ADDRESSES[0]]},
    "that expires": {"dialect": "classic"},
    "revoked": {"dialect": "classic"},
    "suspended": {"dialect": "classic"},
}
OTHERS = {"unknown": keys.new_key(), "malformed": "np_live_x", "none": ""}


@pytest.fixture
def values(person, held, settings) -> dict[str, str]:
    """Give out keys of every kind, with limits that are soon spent."""
    settings.RATE_LIMIT_IP, settings.RATE_LIMIT_KEY, settings.RATE_LIMIT_BALANCE_IP = 8, 4, 6
    Tier.objects.update(requests_per_minute=6)
    given_out = dict(OTHERS)
    for kind, fields in KINDS.items():
        ends = {"expires_at": clock.now() + timedelta(seconds=30)} if kind == "that expires" else {}
        owner = person(kind.replace(" ", "-"), **fields, **ends)
        given_out[kind] = owner.key
        if kind == "revoked":
            accounts.operations.revoke_key(key_id=ApiKey.objects.get(account_id=owner.id).pk)
        if kind == "suspended":
            accounts.operations.suspend(account_id=owner.id, reason="chargeback")
    return given_out


@pytest.fixture(scope="module")
def nowhere() -> kit.redis.Breaker:
    """Return a way to a Redis that is not there."""
    return kit.redis.Breaker(NOBODY_THERE)


# How a request came: whether it is a poll, and by the form alone, where its key stood there.
FREE = ((False, None), (False, False), (True, None), (True, False), (True, True))
requests = st.tuples(
    st.sampled_from([*KINDS, *OTHERS]),
    st.sampled_from(ADDRESSES),
    st.sampled_from(FREE),
    st.sampled_from((0, 0, 0, 7, 31)),
)


@examples(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(sequence=st.lists(requests, min_size=10, max_size=40))
def test_a_sequence_of_requests_is_admitted_alike(values, held, nowhere, sequence):
    kit.redis.cache().client.flushdb()
    local_admission.counters = Counters()
    began = held.seconds
    for number, (kind, address, (free, free_by_form), pause) in enumerate(sequence):
        held.forward(pause)
        by_script = admit(address, values[kind], free=free, free_by_form=free_by_form)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kit.redis, "_breaker", nowhere)
            by_memory = admit(address, values[kind], free=free, free_by_form=free_by_form)
        caller = by_script.caller and replace(by_script.caller, cached_balance=None)
        assert replace(by_script, caller=caller) == by_memory, (number, kind, address, free, free_by_form)
    held.seconds = began
