"""Whose address is counted: the peer's, unless a trusted proxy says whose. Every test runs with Redis and without."""

import pytest

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _counted_by_both(counting, held):
    """Every test of this file holds the clock, and runs with Redis and without."""


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
