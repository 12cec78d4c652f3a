"""A key's allowed addresses in one comparable form."""

from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.addresses import InvalidNetwork, comparable, network, ranges


@given(st.ip_addresses(), st.ip_addresses())
def test_texts_compare_as_the_addresses_do(one, other):
    def number(address):
        return int(address) + (0xFFFF << 32 if address.version == 4 else 0)

    assert (comparable(str(one)) < comparable(str(other))) is (number(one) < number(other))
    assert len(comparable(str(one))) == 32


def test_both_spellings_of_an_ipv4_address_are_the_same():
    assert comparable("203.0.113.7") == comparable("::ffff:203.0.113.7")


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("203.0.113.7", "203.0.113.7/32"),
        (" 203.0.113.0/24 ", "203.0.113.0/24"),
        ("2001:DB8::1", "2001:db8::1/128"),
        ("2001:db8::/32", "2001:db8::/32"),
        ("0.0.0.0/0", "0.0.0.0/0"),
    ],
)
def test_a_network_has_one_spelling(text, normal):
    assert network(text) == normal


@pytest.mark.parametrize(
    "text", ["", "here", "203.0.113.7/24", "203.0.113.0/33", "1.2.3", "::1/129", "1.2.3.4-1.2.3.9"]
)
def test_what_is_no_network_is_refused(text):
    with pytest.raises(InvalidNetwork) as refusal:
        network(text)
    assert str(refusal.value) == f"{text!r} is no address or network: write 203.0.113.7 or 203.0.113.0/24"


@given(st.ip_addresses(v=4), st.integers(0, 32), st.ip_addresses(v=4))
def test_an_address_is_in_a_range_exactly_when_it_is_in_the_network(base, length, asked):
    allowed = ip_network(f"{base}/{length}", strict=False)
    first, _, last = ranges([str(allowed)]).partition("-")
    assert (first <= comparable(str(asked)) <= last) is (ip_address(str(asked)) in allowed)


def test_several_networks_are_joined_by_commas():
    assert ranges([]) == ""
    assert ranges(["10.0.0.0/31", "::1/128"]) == (
        "00000000000000000000ffff0a000000-00000000000000000000ffff0a000001,"
        "00000000000000000000000000000001-00000000000000000000000000000001"
    )
