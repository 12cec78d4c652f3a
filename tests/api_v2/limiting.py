"""The three limits, each denied at exactly its number. Every test runs twice: counted by Redis, and without it."""

import pytest

import accounts.operations
from accounts import keys
from accounts.models import ApiKey, Tier
from tests.api_v2.conftest import limit_headers

pytestmark = pytest.mark.django_db
SPENT = (429, {"error": "Rate limit exceeded"})
RESET = "1800000061"  # the held clock's 1800000000.25 and a minute, rounded up


@pytest.fixture(autouse=True)
def _counted_by_both(counting, held):
    """Every test of this file holds the clock, and runs with Redis and without."""


@pytest.fixture
def ask(post):
    """Ask for an order there is not: one unit of every layer, and no more work than that."""

    def send(key: str, address: str = "203.0.113.1", **environ):
        environ = {"REMOTE_ADDR": address} | environ
        return post(key=key, action="status", order="1", environ=environ)

    return send


@pytest.fixture
def left_of_ip(post):
    """How much was left of the address before this, which costs one more: an unknown key shows the address's only."""

    def read(address: str = "203.0.113.1") -> int:
        headers = post(action="status", environ={"REMOTE_ADDR": address}).headers
        return int(headers["X-RateLimit-Remaining"]) + 1

    return read


def told(limit: int, remaining: int, tier: int | None = None, denied: str | None = None, reset: str = RESET):
    """The headers as they must be, all of them."""
    headers = {"X-RateLimit-Limit": str(limit), "X-RateLimit-Remaining": str(remaining), "X-RateLimit-Reset": reset}
    if tier is not None:
        headers["X-RateLimit-Tier-Remaining"] = str(tier)
    if denied:
        headers |= {"X-RateLimit-DeniedBy": denied, "Retry-After": "61"}
    return headers


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


# --- Who spends what ---------------------------------------------------------------------------------------------


def test_a_suspended_account_spends_the_address_and_nothing_of_its_own(ask, alice, left_of_ip):
    ask(alice.key)
    type(alice.user).objects.filter(pk=alice.id).update(
        suspended_at="2026-01-01T00:00Z", suspended_reason="chargeback", version=9
    )
    forget_accounts()
    for _ in range(5):
        answer = ask(alice.key)
        assert (answer.status, answer.json) == (403, {"error": "Account suspended"})
        assert limit_headers(answer) == told(100, 99, 199)
    assert left_of_ip() == 300 - 6


def test_a_read_only_key_that_tries_to_order_has_spent_one(post, person):
    alice = person("alice", read_only=True)
    assert limit_headers(post(key=alice.key, action="add")) == told(100, 99, 199)


def test_a_batch_is_one_unit(post, alice):
    ids = ",".join(str(each) for each in range(100))
    assert limit_headers(post(key=alice.key, action="status", orders=ids)) == told(100, 99, 199)


def test_an_unknown_action_is_one_unit(post, alice):
    assert limit_headers(post(key=alice.key, action="nothing")) == told(100, 99, 199)


@pytest.mark.parametrize("action", ["status", "balance"])
def test_unknown_keys_are_counted_for_their_address_whatever_they_ask(post, action):
    made_up = keys.new_key()
    for used, key in enumerate(["", "malformed", made_up, made_up, keys.new_key()], start=1):
        answer = post(key=key, action=action)
        assert answer.json == {"error": "Invalid API key"}
        assert limit_headers(answer) == told(300, 300 - used)


def test_a_revoked_key_and_one_that_has_expired_are_counted_as_unknown(ask, person, held):
    alice = person("alice")
    ApiKey.objects.update(revoked_at="2026-01-01T00:00Z")
    assert limit_headers(ask(alice.key)) == told(300, 299)
    bob = person("bob", expires_at="2026-01-01T00:00Z")
    assert limit_headers(ask(bob.key)) == told(300, 298)


# --- Balance polls -----------------------------------------------------------------------------------------------


def test_polling_the_balance_spends_nothing(ask, post, alice, left_of_ip):
    ask(alice.key)
    for _ in range(20):
        answer = post(key=alice.key, action="balance")
        assert answer.json == {"balance": "100.00", "currency": "USD"}
        assert limit_headers(answer) == told(100, 99, 199)
    assert left_of_ip() == 299


def test_the_balance_answers_when_key_and_tier_are_spent(ask, post, alice):
    Tier.objects.update(requests_per_minute=100)
    for _ in range(101):
        last = ask(alice.key)
    assert last.status == 429
    answer = post(key=alice.key, action="balance")
    assert (answer.status, answer.json) == (200, {"balance": "100.00", "currency": "USD"})
    assert limit_headers(answer) == told(100, 0, 0)


def test_the_balance_has_a_ceiling_of_its_own_for_each_address(ask, post, alice, bob, held, settings, counting):
    ceiling = settings.RATE_LIMIT_BALANCE_IP
    assert ceiling == 3000
    if counting == "memory":  # where each poll is a look-up in the database
        ceiling = settings.RATE_LIMIT_BALANCE_IP = 300
    for _ in range(ceiling):
        answer = post(key=alice.key, action="balance")
    assert (answer.status, limit_headers(answer)) == (200, told(100, 100, 200))
    for key in (alice.key, bob.key):
        denied = post(key=key, action="balance")
        assert (denied.status, denied.json) == SPENT
        assert limit_headers(denied) == told(ceiling, 0, denied="ip")
    assert ask(alice.key).json == {"error": "Order not found"}  # the ceiling bounds polls alone
    assert post(key=alice.key, action="balance", environ={"REMOTE_ADDR": "203.0.113.2"}).status == 200
    held.forward(60)
    assert post(key=alice.key, action="balance").status == 200


def test_the_ceiling_of_balance_polls_can_be_lifted(post, alice, settings):
    settings.RATE_LIMIT_BALANCE_IP = None
    assert {post(key=alice.key, action="balance").status for _ in range(50)} == {200}


# --- Whose address -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("proxies", "peer", "forwarded", "counted"),
    [
        ([], "203.0.113.1", "198.51.100.9", "203.0.113.1"),
        (["1"], "10.0.0.1", "198.51.100.9", "198.51.100.9"),
        (["1"], "10.0.0.1", "1.1.1.1, 198.51.100.9", "198.51.100.9"),
        (["2"], "10.0.0.1", "1.1.1.1, 198.51.100.9, 10.0.0.2", "198.51.100.9"),
        (["2"], "10.0.0.1", "198.51.100.9", "198.51.100.9"),
        (["10.0.0.0/8"], "10.0.0.1", "1.1.1.1, 198.51.100.9, 10.0.0.2", "198.51.100.9"),
        (["10.0.0.0/8"], "203.0.113.1", "198.51.100.9", "203.0.113.1"),
        (["10.0.0.0/8"], "10.0.0.1", "1.1.1.1, nonsense, 10.0.0.2", "10.0.0.2"),
        (["10.0.0.0/8"], "10.0.0.1", "", "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", "198.51.100.9:4711", "198.51.100.9"),
        (["10.0.0.0/8", "2001:db8::/32"], "2001:db8::1", "198.51.100.9, [2001:db8::2]:80", "198.51.100.9"),
        (["1"], "10.0.0.1", "," * 5000, "10.0.0.1"),
    ],
)
def test_the_address_is_the_right_most_hop_that_is_no_trusted_proxy(
    ask, alice, settings, left_of_ip, proxies, peer, forwarded, counted
):
    settings.TRUSTED_PROXIES = proxies
    for _ in range(3):
        ask(alice.key, peer, HTTP_X_FORWARDED_FOR=forwarded)
    settings.TRUSTED_PROXIES = []
    assert left_of_ip(counted) == 297


def test_forging_the_header_gains_nothing_where_no_proxy_is_configured(ask, settings):
    settings.RATE_LIMIT_IP = 3
    answers = [ask("", "203.0.113.1", HTTP_X_FORWARDED_FOR=f"198.51.100.{each}") for each in range(5)]
    assert [answer.status for answer in answers] == [400, 400, 400, 429, 429]


def test_forging_hops_left_of_the_proxys_gains_nothing(ask, settings):
    settings.RATE_LIMIT_IP, settings.TRUSTED_PROXIES = 3, ["1"]
    answers = [ask("", "10.0.0.1", HTTP_X_FORWARDED_FOR=f"198.51.100.{each}, 192.0.2.7") for each in range(5)]
    assert [answer.status for answer in answers] == [400, 400, 400, 429, 429]


def test_ipv6_addresses_count_by_their_network_of_64_bits(ask, settings):
    settings.RATE_LIMIT_IP = 2
    same = [ask("", f"2001:db8:0:1:{each:x}::{each:x}").status for each in range(1, 4)]
    assert same == [400, 400, 429]
    assert ask("", "2001:db8:0:2::1").status == 400


def test_an_ipv4_address_written_as_ipv6_is_the_same_address(ask, settings):
    settings.RATE_LIMIT_IP = 1
    assert ask("", "203.0.113.1").status == 400
    assert ask("", "::ffff:203.0.113.1").status == 429
    assert ask("", "::ffff:203.0.113.2").status == 400


def test_peers_without_an_address_share_one_counter(ask, settings):
    settings.RATE_LIMIT_IP = 1
    assert ask("", "").status == 400
    assert ask("", "").status == 429


def forget_accounts() -> None:
    """Have the cache look accounts up again: a test's own transaction never commits, so nothing is written through."""
    import kit.redis

    if kit.redis.cache().up:
        for name in kit.redis.cache().client.scan_iter("a:*"):
            kit.redis.cache().client.hset(name, "u", 0)
