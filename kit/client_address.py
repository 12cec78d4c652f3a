"""Whose request it is: the address a request came from, as far as the operator's proxies can be believed."""

from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
UNKNOWN = "unknown"  # a peer without an address: a Unix socket


def trusted(proxies: tuple[str, ...]) -> int | tuple[Network, ...]:
    """Return TRUSTED_PROXIES as it is meant: how many proxies there are, or the networks they are in.

    :raises ValueError: where it is neither one number nor networks.
    """
    if len(proxies) == 1 and proxies[0].isascii() and proxies[0].isdigit():
        return int(proxies[0])
    return tuple(ip_network(each) for each in proxies)


def client_address(peer: str, forwarded_for: str, proxies: tuple[str, ...]) -> str:
    """Return the right-most hop that is not a trusted proxy; with none configured, the peer's address.

    :param peer: the address of the other end of the connection.
    :param forwarded_for: X-Forwarded-For as it arrived; anybody can have written what stands left in it.
    """
    known = parsed(peer)
    if not proxies or not forwarded_for:
        return str(known) if known else UNKNOWN
    hops = [*(each.strip() for each in forwarded_for.split(",")), peer]
    believed = _rules(proxies)
    for distance, hop in enumerate(reversed(hops)):
        address = parsed(hop)
        if address is None and distance == 0 and _is_counted(distance, believed):
            continue  # the nearest proxy is on a Unix socket, which has no address
        if address is None:
            break  # nothing left of something unreadable can be believed
        known = address
        if not _is_proxy(address, distance, believed):
            break
    return str(known) if known else UNKNOWN


def counted_as(address: str) -> str:
    """Return what is counted for the address: itself, or for IPv6 its /64, which is what one customer has."""
    known = parsed(address)
    if isinstance(known, IPv6Address):
        return str(ip_network((int(known) >> 64 << 64, 64)))
    return address


@lru_cache(maxsize=4096)
def parsed(text: str) -> Address | None:
    """Return the address in the text, with or without a port or brackets; an IPv4-mapped one as IPv4."""
    bare = text.strip().strip('"')
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


@lru_cache(maxsize=8)
def _rules(proxies: tuple[str, ...]) -> int | tuple[Network, ...]:
    return trusted(proxies)


def _is_counted(distance: int, believed: int | tuple[Network, ...]) -> bool:
    return isinstance(believed, int) and distance < believed


def _is_proxy(address: Address, distance: int, believed: int | tuple[Network, ...]) -> bool:
    if isinstance(believed, int):
        return _is_counted(distance, believed)
    return any(address in network for network in believed)
