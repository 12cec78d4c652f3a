"""Which addresses a webhook may be sent to: a table of our own, as `ipaddress.is_global` differs between Pythons."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from django.conf import settings

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# Source: IANA IPv4 Special-Purpose Address Registry, and what clouds keep for themselves in public space.
NOT_PUBLIC_IPV4 = {
    "0.0.0.0/8": "this network (RFC 791): on Linux it is this machine",
    "10.0.0.0/8": "private (RFC 1918)",
    "100.64.0.0/10": "shared between a carrier's customers (RFC 6598), and the metadata of one cloud",
    "127.0.0.0/8": "this machine (RFC 1122)",
    "161.26.0.0/16": "the services of one cloud, as its machines see them",
    "166.8.0.0/14": "the services of one cloud, as its machines see them",
    "168.63.129.16/32": "the platform of one cloud, as its machines see it",
    "169.254.0.0/16": "link-local (RFC 3927), and the metadata of most clouds",
    "172.16.0.0/12": "private (RFC 1918)",
    "192.0.0.0/24": "protocol assignments (RFC 6890), and the metadata of one cloud",
    "192.0.2.0/24": "documentation (RFC 5737)",
    "192.31.196.0/24": "AS112 (RFC 7535)",
    "192.52.193.0/24": "multicast tunnels, AMT (RFC 7450)",
    "192.88.99.0/24": "6to4 relays, withdrawn (RFC 7526)",
    "192.168.0.0/16": "private (RFC 1918)",
    "192.175.48.0/24": "AS112 (RFC 7534)",
    "198.18.0.0/15": "benchmarks (RFC 2544)",
    "198.51.100.0/24": "documentation (RFC 5737)",
    "203.0.113.0/24": "documentation (RFC 5737)",
    "224.0.0.0/4": "multicast (RFC 5771)",
    "240.0.0.0/4": "reserved (RFC 1112), and broadcast (RFC 919)",
}

# All that IANA has given out for the public to use. What is outside is not reached: loopback, v4-compatible (::/96),
# v4-mapped (::ffff:0:0/96), NAT64 (64:ff9b::/96, 64:ff9b:1::/48), discard (100::/64), SRv6 (5f00::/16), unique local
# (fc00::/7), link-local (fe80::/10), site-local (fec0::/10), multicast (ff00::/8).
PUBLIC_IPV6 = IPv6Network("2000::/3")  # RFC 4291

# Source: IANA IPv6 Special-Purpose Address Registry.
NOT_PUBLIC_IPV6 = {
    "2001::/23": "protocol assignments (RFC 2928): Teredo (RFC 4380), benchmarks, ORCHID (RFC 7343)",
    "2001:db8::/32": "documentation (RFC 3849)",
    "2002::/16": "6to4 (RFC 3056): an IPv4 address inside",
    "2620:4f:8000::/48": "AS112 (RFC 7534)",
    "3ffe::/16": "the 6bone, given back (RFC 3701)",
    "3fff::/20": "documentation (RFC 9637)",
}

_IPV4 = tuple(IPv4Network(each) for each in NOT_PUBLIC_IPV4)
_IPV6 = tuple(IPv6Network(each) for each in NOT_PUBLIC_IPV6)


def may_be_reached(address: Address | str) -> bool:
    """Return whether webhooks may be sent there: a public address, or one in WEBHOOK_ALLOW_NETWORKS.

    What is no address is not reached, nor is an IPv6 address with a zone.
    """
    try:
        address = ip_address(address)
    except ValueError:
        return False
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return False
    return _is_public(address) or any(address in each for each in networks(tuple(settings.WEBHOOK_ALLOW_NETWORKS)))


@lru_cache(maxsize=8)
def networks(written: tuple[str, ...]) -> tuple[Network, ...]:
    """Return WEBHOOK_ALLOW_NETWORKS as networks.

    :raises ValueError: where one is none, or has bits set behind its prefix.
    """
    return tuple(ip_network(each) for each in written)


def _is_public(address: Address) -> bool:
    if isinstance(address, IPv4Address):
        return not any(address in each for each in _IPV4)
    return address in PUBLIC_IPV6 and not any(address in each for each in _IPV6)
