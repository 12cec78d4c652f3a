"""What a name resolves to, if that may be reached. A look-up blocks: it belongs into a thread."""

import socket
from collections.abc import Callable, Iterable
from ipaddress import ip_address

from webhooks.addresses import may_be_reached

LookUp = Callable[[str], Iterable[str]]  # from a name to its addresses; raises OSError where it has none

LOOPBACK = ("127.0.0.1", "::1")
MOST_TRIED = 4  # of a name's addresses: one with hundreds would have us knock at each


class NotAllowed(OSError):
    """An address that webhooks may not be sent to."""


def look_up(name: str) -> list[str]:
    """Return all addresses of the name, as the system's resolver knows them.

    :raises OSError: `socket.gaierror` where there are none, or the resolver does not answer.
    """
    # The dot at the end keeps the search domains of resolv.conf out: "db" would be "db.internal.example".
    found = socket.getaddrinfo(f"{name}.", None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def public_addresses(host: str, look_up: LookUp = look_up) -> list[str]:
    """Return up to MOST_TRIED addresses of a host, written canonically, when every one it has may be reached.

    :param host: a name, or an address without brackets.
    :raises NotAllowed: where one of them may not.
    :raises OSError: `socket.gaierror` where it has none, or the resolver does not answer.
    """
    if host == "localhost":  # RFC 6761, 6.3: it is not looked up. For development: what of it is allowed.
        return [each for each in LOOPBACK if may_be_reached(each)] or [_checked(LOOPBACK[0])]
    addresses = [host] if is_address(host) else list(dict.fromkeys(look_up(host)))
    if not addresses:
        raise socket.gaierror(socket.EAI_NONAME, "no addresses")
    return [_checked(each) for each in addresses][:MOST_TRIED]


def is_address(host: str) -> bool:
    """Return whether the host is an address, which needs no look-up."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _checked(address: str) -> str:
    if not may_be_reached(address):
        raise NotAllowed(f"{address} is not a public address")
    return str(ip_address(address))
