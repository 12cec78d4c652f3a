"""Internet addresses in one comparable form, for a key's list of allowed ones."""

from ipaddress import ip_address, ip_network


class InvalidNetwork(ValueError):
    """The text names no address or network."""


def comparable(address: str) -> str:
    """Return the address as 32 hexadecimal digits, so that comparing text compares addresses.

    An IPv4 address stands where IPv6 maps it (::ffff:0:0/96), so both spellings are the same address.
    """
    parsed = ip_address(address)
    return f"{int(parsed) + (0xFFFF << 32 if parsed.version == 4 else 0):032x}"


def network(text: str) -> str:
    """Return the network in its normal spelling: `203.0.113.7` is `203.0.113.7/32`.

    :raises InvalidNetwork: where the text is no address and no network, or has bits set right of its mask.
    """
    try:
        return str(ip_network(text.strip()))
    except ValueError as error:
        raise InvalidNetwork(f"{text!r} is no address or network: write 203.0.113.7 or 203.0.113.0/24") from error


def ranges(networks: list[str]) -> str:
    """Return the networks as `first-last` pairs of comparable addresses, joined by commas."""
    return ",".join(f"{comparable(str(each[0]))}-{comparable(str(each[-1]))}" for each in map(ip_network, networks))
