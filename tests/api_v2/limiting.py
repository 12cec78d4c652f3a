"""The three limits, each denied at exactly its number. Every test runs twice: counted by Redis, and without it."""

import pytest

import accounts.operations
from accounts import keys
from accounts.models import Tier
from tests.api_v2.conftest import RESET, limit_headers, told

pytestmark = pytest.mark.django_db
SPENT = (429, {"error": "Rate limit exceeded"})


@pytest.fixture(autouse=True)
def _counted_by_both(counting, held):
    """Every test of this file holds the clock, and runs with Redis and without."""


def another_key(person, **settings) -> str:
    return accounts.operations.issue_key(account_id=person.id, **settings)[1]


def test_a_key_is_denied_at_its_hundred_and_first_request(ask, alice, left_of_ip):
    for used in range(1, 101):
        answer = ask(alice.key)
        assert (answer.status, answer.json) == (400, {"error": "Order not found"})
        assert limit_headers(answer) == told(100, 100 - used, 200 - used)
    for _ in range(3):
        answer = ask(alice.key)
        assert (answer.status, answer.json) == SPENT
        assert limit_headers(answer) == told(100, 0, 100, "key")
    assert left_of_ip() == 300 - 103  # a refused request has spent the layer before


def test_a_tier_is_denied_at_its_two_hundred_and_first_request_over_all_keys(ask, alice, left_of_ip):
    second, third = another_key(alice), another_key(alice)
    for key in (alice.key, second):
        for used in range(1, 101):
            assert ask(key).json == {"error": "Order not found"}, used
    for _ in range(3):
        answer = ask(third)
        assert (answer.status, answer.json) == SPENT
        assert limit_headers(answer) == told(200, 0, 0, "tier")
    assert left_of_ip() == 300 - 203


def test_an_address_is_denied_at_its_three_hundred_and_first_request(ask, alice, bob, post):
    for used in range(1, 301):
        answer = post(action="status")
        assert (answer.status, answer.json) == (400, {"error": "Invalid API key"})
        assert limit_headers(answer) == told(300, 300 - used)
    for key in (alice.key, bob.key, "", keys.new_key()):
        for action in ("status", "services", "add", "balance", "nothing"):
            answer = post(key=key, action=action)
            assert (answer.status, answer.json) == SPENT
            assert limit_headers(answer) == told(300, 0, denied="ip")
    # Nothing of the key or the tier was spent, as is seen from elsewhere.
    assert limit_headers(ask(alice.key, "203.0.113.2")) == told(100, 99, 199)


def test_a_request_refused_by_the_key_spends_nothing_of_the_tier(ask, person):
    alice = person("alice", requests_per_minute=5)
    for _ in range(9):
        ask(alice.key)
    assert limit_headers(ask(alice.key)) == told(5, 0, 195, "key")


def test_a_request_refused_by_the_tier_has_spent_the_key(ask, alice, settings):
    Tier.objects.update(requests_per_minute=2)
    for _ in range(2):
        ask(alice.key)
    for _ in range(3):
        assert limit_headers(ask(alice.key)) == told(2, 0, 0, "tier")
    settings.RATE_LIMIT_TIER = False
    assert limit_headers(ask(alice.key)) == told(100, 100 - 6)


def test_a_window_lasts_a_minute_from_its_first_request(ask, person, held):
    alice = person("alice", requests_per_minute=2)
    ask(alice.key)
    held.forward(59.5)
    assert limit_headers(ask(alice.key)) == told(2, 0, 198)
    answer = ask(alice.key)
    assert (answer.status, answer.json) == SPENT
    assert answer.headers["X-RateLimit-Reset"] == RESET
    assert answer.headers["Retry-After"] == "2"  # 1800000059.75 and two seconds is after the end at …60.25
    held.forward(0.499)
    assert ask(alice.key).status == 429
    held.forward(0.001)
    answer = ask(alice.key)
    assert answer.json == {"error": "Order not found"}
    assert limit_headers(answer) == told(2, 1, 199, reset="1800000121")


def test_waiting_as_long_as_retry_after_says_is_always_enough(ask, person, held):
    alice = person("alice", requests_per_minute=1)
    for pause in (0.0, 0.3, 17.2, 59.74, 59.9):
        ask(alice.key)
        held.forward(pause)
        denied = ask(alice.key)
        assert denied.status == 429, pause
        held.forward(float(denied.headers["Retry-After"]))
        assert ask(alice.key).status == 400, pause
        held.forward(60)


def test_requests_without_a_pause_between_do_not_prolong_the_window(ask, person, held):
    alice = person("alice", requests_per_minute=1)
    ask(alice.key)
    for _ in range(59):
        held.forward(1)
        assert ask(alice.key).status == 429
    held.forward(1)
    assert ask(alice.key).status == 400


def test_the_counters_of_one_reseller_are_untouched_by_another(ask, alice, bob):
    for _ in range(100):
        ask(alice.key)
    assert ask(alice.key).status == 429
    assert limit_headers(ask(bob.key)) == told(100, 99, 199)
    assert limit_headers(ask(bob.key)) == told(100, 98, 198)


def test_a_second_key_of_the_account_counts_for_itself_and_for_the_tier(ask, alice):
    second = another_key(alice)
    for _ in range(10):
        ask(alice.key)
    assert limit_headers(ask(second)) == told(100, 99, 189)


def test_a_key_can_have_a_limit_of_its_own_above_or_below(ask, alice, settings):
    settings.RATE_LIMIT_IP = None
    above = another_key(alice, requests_per_minute=150)
    for used in range(1, 151):
        assert limit_headers(ask(above)) == told(150, 150 - used, 200 - used)
    assert limit_headers(ask(above)) == told(150, 0, 50, "key")
    below = another_key(alice, requests_per_minute=1)
    assert limit_headers(ask(below)) == told(1, 0, 49)
    assert limit_headers(ask(below)) == told(1, 0, 49, "key")


@pytest.mark.parametrize(("deposit", "limit"), [("499.99", 200), ("500", 1000), ("5000", 5000)])
def test_the_tier_follows_from_the_deposits(ask, person, deposit, limit):
    alice = person("alice", deposit=deposit)
    assert limit_headers(ask(alice.key)) == told(100, 99, limit - 1)


# --- Which layer is shown ----------------------------------------------------------------------------------------


def test_the_layer_with_the_fewest_left_is_shown(ask, alice, settings):
    settings.RATE_LIMIT_IP = 50
    assert limit_headers(ask(alice.key)) == told(50, 49, 199)


def test_of_key_and_tier_with_as_many_left_the_key_is_shown(ask, alice, settings):
    settings.RATE_LIMIT_KEY = 5
    Tier.objects.update(requests_per_minute=6)
    ask(another_key(alice))
    assert limit_headers(ask(alice.key)) == told(5, 4, 4)


def test_of_key_and_ip_with_as_many_left_the_key_is_shown(ask, alice, settings):
    settings.RATE_LIMIT_KEY, settings.RATE_LIMIT_IP = 5, 6
    ask("unknown")
    assert limit_headers(ask(alice.key)) == told(5, 4, 199)


def test_of_tier_and_ip_with_as_many_left_the_tier_is_shown(ask, alice, settings):
    settings.RATE_LIMIT_IP = 6
    Tier.objects.update(requests_per_minute=5)
    ask("unknown")
    assert limit_headers(ask(alice.key)) == told(5, 4, 4)


# --- What is off -------------------------------------------------------------------------------------------------


def test_a_layer_that_is_off_is_neither_counted_nor_shown(ask, alice, settings):
    settings.RATE_LIMIT_KEY = None
    assert limit_headers(ask(alice.key)) == told(200, 199, 199)
    settings.RATE_LIMIT_TIER = False
    assert limit_headers(ask(alice.key)) == told(300, 298)
    settings.RATE_LIMIT_IP = None
    assert limit_headers(ask(alice.key)) == {}
    assert limit_headers(ask("unknown")) == {}


def test_with_every_layer_off_nothing_is_ever_denied(ask, person, settings):
    settings.RATE_LIMIT_KEY = settings.RATE_LIMIT_IP = None
    settings.RATE_LIMIT_TIER = False
    alice = person("alice", requests_per_minute=1)
    assert {ask(alice.key).status for _ in range(350)} == {400}
