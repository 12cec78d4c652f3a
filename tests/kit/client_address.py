"""Whose request it is, with proxies that are believed and headers that anybody can write."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.client_address import client_address, counted_as, parsed, trusted

PEER = "203.0.113.9"
LOCAL = ("10.0.0.0/8", "fd00::/8")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "proxies", "address"),
    [
        # No proxies: the peer, whatever a header says.
        (PEER, "", (), PEER),
        (PEER, "198.51.100.1", (), PEER),
        (PEER, "198.51.100.1, 198.51.100.2", (), PEER),
        (PEER, "nonsense", (), PEER),
        (PEER, "198.51.100.1", ("0",), PEER),
        # So many proxies: so many hops from the right.
        ("10.0.0.1", "198.51.100.1", ("1",), "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1", ("1",), "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.0.0.2", ("2",), "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1", ("2",), "198.51.100.1"),
        ("10.0.0.1", "", ("1",), "10.0.0.1"),
        ("10.0.0.1", "198.51.100.1", ("9",), "198.51.100.1"),
        # Networks: the right-most hop that is in none of them.
        ("10.0.0.1", "198.51.100.1", LOCAL, "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6, 198.51.100.1, 10.1.2.3", LOCAL, "198.51.100.1"),
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", LOCAL, "10.0.0.3"),
        (PEER, "6.6.6.6", LOCAL, PEER),
        (PEER, "6.6.6.6, 10.0.0.1", LOCAL, PEER),
        ("fd00::1", "2001:db8::7", LOCAL, "2001:db8::7"),
        ("::ffff:10.0.0.1", "198.51.100.1", LOCAL, "198.51.100.1"),
        ("10.0.0.1", "::ffff:198.51.100.1", LOCAL, "198.51.100.1"),
        # Ports and brackets.
        ("10.0.0.1", "198.51.100.1:4711", ("1",), "198.51.100.1"),
        ("10.0.0.1", "[2001:db8::7]:4711", ("1",), "2001:db8::7"),
        ("10.0.0.1", "[2001:db8::7]", ("1",), "2001:db8::7"),
        ("10.0.0.1", "2001:db8::7%eth0", ("1",), "2001:db8::7"),
        ("10.0.0.1", '"198.51.100.1"', ("1",), "198.51.100.1"),
        ("10.0.0.1", "  198.51.100.1  ", ("1",), "198.51.100.1"),
        ("10.0.0.1", "6.6.6.6,198.51.100.1", ("1",), "198.51.100.1"),
        # Garbage: nothing left of it is believed.
        ("10.0.0.1", "unknown", ("1",), "10.0.0.1"),
        ("10.0.0.1", "6.6.6.6, , 10.0.0.2", ("2",), "10.0.0.2"),
        ("10.0.0.1", "6.6.6.6, _hidden", LOCAL, "10.0.0.1"),
        ("10.0.0.1", "198.51.100.999", ("1",), "10.0.0.1"),
        ("10.0.0.1", ",", ("1",), "10.0.0.1"),
        ("10.0.0.1", "01.02.03.04", ("1",), "10.0.0.1"),
        # A peer without an address: a proxy on a Unix socket.
        ("", "", (), "unknown"),
        ("", "6.6.6.6", (), "unknown"),
        ("", "6.6.6.6, 198.51.100.1", ("1",), "198.51.100.1"),
        ("", "6.6.6.6", LOCAL, "unknown"),
    ],
)
def test_the_address_is_the_right_most_hop_that_is_no_proxy(peer, forwarded_for, proxies, address):
    assert client_address(peer, forwarded_for, proxies) == address


@given(st.text(max_size=200))
def test_without_proxies_no_header_says_anything(forwarded_for):
    assert client_address(PEER, forwarded_for, ()) == PEER


@given(st.lists(st.one_of(st.text(max_size=20), st.ip_addresses().map(str)), max_size=6))
def test_whatever_a_client_writes_into_it_the_hop_the_proxy_added_counts(written):
    forwarded_for = ", ".join([*written, "198.51.100.1"])
    assert client_address("10.0.0.1", forwarded_for, ("1",)) == "198.51.100.1"
    assert client_address("10.0.0.1", forwarded_for, LOCAL) == "198.51.100.1"


@given(st.text(max_size=60), st.sampled_from([("1",), ("3",), LOCAL]))
def test_any_header_gives_an_address(forwarded_for, proxies):
    assert ip_address(client_address("10.0.0.1", forwarded_for, proxies))


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.9", "::ffff:203.0.113.9"),
        ("unknown", "unknown"),
    ],
)
def test_ipv6_counts_by_its_64(address, counted):
    assert counted_as(address) == counted


@given(st.ip_addresses(v=6), st.ip_addresses(v=6))
def test_two_ipv6_addresses_count_as_one_exactly_when_they_share_a_64(one, other):
    share = ip_network(f"{one}/64", strict=False) == ip_network(f"{other}/64", strict=False)
    same = counted_as(str(one)) == counted_as(str(other))
    assert same is share or parsed(str(one)) != one or parsed(str(other)) != other


def test_trusted_proxies_are_a_number_or_networks():
    assert trusted(("2",)) == 2
    assert trusted(()) == ()
    assert trusted(("10.0.0.0/8", "::1")) == (ip_network("10.0.0.0/8"), ip_network("::1/128"))


@pytest.mark.parametrize("proxies", [("many",), ("1", "2", "here"), ("10.0.0.1/8",), ("-1",), ("",)])
def test_proxies_that_are_neither_are_refused(proxies):
    with pytest.raises(ValueError, match=r"does not appear to be|has host bits set"):
        trusted(proxies)
