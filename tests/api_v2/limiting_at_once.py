"""Many requests at one moment: never more are admitted than the limit says."""

import itertools
import threading

import pytest

import kit.redis
from kit.redis import Script

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8
EACH = 40


@pytest.fixture
def storm(post, together, held):
    """Send 320 requests from 8 threads and count the answers by their status."""

    def send(key: str, **environ) -> dict[int, int]:
        def one(number: int) -> list[int]:
            asked = (post(key=key, action="status", order="1", environ=environ) for _ in range(EACH))
            return [answer.status for answer in asked]

        statuses = sorted(itertools.chain(*together(THREADS, one)))
        return {status: len(list(group)) for status, group in itertools.groupby(statuses)}

    return send


@pytest.mark.parametrize(
    ("layer", "limits"),
    [
        ("key", {"RATE_LIMIT_IP": None}),
        ("tier", {"RATE_LIMIT_IP": None, "RATE_LIMIT_KEY": None}),
        ("ip", {"RATE_LIMIT_IP": 100, "RATE_LIMIT_KEY": None}),
    ],
)
def test_a_limit_admits_exactly_its_number_to_eight_threads(storm, alice, counting, settings, layer, limits):
    for name, value in limits.items():
        setattr(settings, name, value)
    admitted = {"key": 100, "tier": 200, "ip": 100}[layer]
    assert storm(alice.key) == {400: admitted, 429: THREADS * EACH - admitted}


def test_an_address_admits_exactly_its_number_of_unknown_keys(storm, db, counting):
    assert storm("unknown") == {400: 300, 429: 20}


def test_polls_admit_exactly_their_number(post, alice, held, together, counting, settings):
    settings.RATE_LIMIT_BALANCE_IP = 100
    statuses = together(THREADS, lambda _: [post(key=alice.key, action="balance").status for _ in range(20)])
    assert sorted(itertools.chain(*statuses)) == [200] * 100 + [429] * 60


# --- Controls: the same storm on counters that read, decide and write, which is what the limits must not do --------


def test_control_a_counter_in_memory_that_reads_then_writes_admits_too_many(together):
    used = 0
    all_have_read = threading.Barrier(THREADS)

    def one(_: int) -> bool:
        nonlocal used
        seen = used
        all_have_read.wait(timeout=30)
        used = seen + 1
        return seen < 1

    assert sum(together(THREADS, one)) == THREADS  # with a limit of 1


def test_control_a_counter_in_redis_that_reads_then_writes_admits_too_many(together):
    client = kit.redis.cache().client
    all_have_read = threading.Barrier(THREADS)

    def one(_: int) -> bool:
        seen = int(client.get("control") or 0)
        all_have_read.wait(timeout=30)
        client.set("control", seen + 1)
        return seen < 1

    assert sum(together(THREADS, one)) == THREADS  # with a limit of 1


def test_the_controls_counter_as_one_script_admits_one(together):
    count = Script("local n = tonumber(redis.call('GET', KEYS[1]) or '0') redis.call('SET', KEYS[1], n + 1) return n")
    assert sum(together(THREADS, lambda _: count(["control"], []) < 1)) == 1
