"""What of a page depends on who reads it, and where."""

from dataclasses import dataclass

from django.http import HttpRequest

import accounts.queries
from kit.money import wire


@dataclass(frozen=True, slots=True)
class Tier:
    """A tier as a reader is told of it: its name, the deposits in USD that reach it, its requests a minute."""

    name: str
    deposits_from: str
    requests_per_minute: int


# What is made once is made for nobody's address (RFC 6761), and the reader's is put in its place. One that Django lets
# in has no character that would have to be written otherwise in a shell, in code or in HTML.
ANYWHERE = "https://panel.invalid"


@dataclass(frozen=True, slots=True)
class Reader:
    """The panel's address as the reader came to it, without a slash at its end; the tiers, where a page names them."""

    address: str
    tiers: tuple[Tier, ...] = ()

    @property
    def url(self) -> str:
        """Return the address of the API."""
        return f"{self.address}/api/v2"

    def put_into(self, text: str) -> str:
        """Return what was made for any reader as this one's."""
        return text.replace(ANYWHERE, self.address)


def came(request: HttpRequest) -> Reader:
    """Return who reads this.

    :raises DisallowedHost: where the host is none of the panel's (ALLOWED_HOSTS), so that no other is ever shown.
    """
    return Reader(f"{request.scheme}://{request.get_host()}")


def told_of_tiers(reader: Reader) -> Reader:
    """Return the reader, who is told of the tiers as they are now."""
    tiers = tuple(
        Tier(each.name, wire(each.deposits_from), each.requests_per_minute) for each in accounts.queries.tiers()
    )
    return Reader(reader.address, tiers)
