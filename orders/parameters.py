"""What a reseller sends for an order: read from text in the protocol's order of checks."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from catalog.models import Service, ServiceType

# What a request is compared by when its request_id comes again (protocol.md, "Idempotency").
KNOWN = ("service", "link", "quantity", "runs", "interval", "coupon")
LONGEST_LINK = 1000
WHOLE_NUMBER = re.compile(r"(-?)0*([0-9]+)")
ENOUGH_DIGITS = 21  # beyond every bound there is


class MissingParameter(ValueError):
    """A parameter the service's type needs is absent. `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is missing")
        self.name = name


class InvalidParameter(ValueError):
    """A parameter is there but cannot be what it has to be. `name` says which."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name} is malformed")
        self.name = name


class InvalidCoupon(ValueError):
    """The coupon does not apply, for whatever reason."""


class QuantityBelow(ValueError):
    """Fewer than the service's `minimum`."""

    def __init__(self, minimum: int) -> None:
        super().__init__(f"at least {minimum}")
        self.minimum = minimum


class QuantityAbove(ValueError):
    """More than the service's `maximum`."""

    def __init__(self, maximum: int) -> None:
        super().__init__(f"at most {maximum}")
        self.maximum = maximum


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is ordered, checked against the service.

    `quantity` is that of one run; `params` is what the type takes beside link and quantity, as it is sent on.
    """

    link: str
    quantity: int
    runs: int = 1
    interval: int | None = None
    params: dict[str, str] = field(default_factory=dict)

    @property
    def in_all(self) -> int:
        """Return the quantity over all runs."""
        return self.quantity * self.runs


def fingerprint(params: Mapping[str, str]) -> bytes:
    """Return the digest (32 bytes) of the known parameters that are not empty, whatever their order."""
    known = [(name, params[name]) for name in KNOWN if params.get(name)]
    return hashlib.sha256(json.dumps(known).encode()).digest()


def required(params: Mapping[str, str], name: str) -> str:
    """Return the parameter's text.

    :raises MissingParameter: where it is absent or empty.
    """
    value = params.get(name, "")
    if not value:
        raise MissingParameter(name)
    return value


def whole_number(params: Mapping[str, str], name: str) -> int:
    """Return a parameter that has to be a whole number; of one with more than 21 digits, the first 21.

    :raises MissingParameter: where it is absent.
    :raises InvalidParameter: where it is anything else.
    """
    value = required(params, name)
    number = WHOLE_NUMBER.fullmatch(value)
    if number is None:
        raise InvalidParameter(name)
    sign, digits = number.groups()
    # A longer one is as far out of every bound without its end, and Python reads no more than 4300 digits.
    return int(sign + digits[:ENOUGH_DIGITS])


def wanted(service: Service, params: Mapping[str, str]) -> Wanted:
    """Return what is ordered of this service.

    :raises MissingParameter: :raises InvalidParameter: :raises QuantityBelow: :raises QuantityAbove:
    :raises InvalidCoupon: whichever comes first in the protocol's order.
    """
    link = _link(params)
    _no_dripfeed(params)
    quantity = _quantity(service, params)
    if params.get("coupon"):
        raise InvalidCoupon(params["coupon"])
    return Wanted(link, quantity)


def _link(params: Mapping[str, str]) -> str:
    link = required(params, "link")
    if len(link) > LONGEST_LINK or any(letter.isspace() or not letter.isprintable() for letter in link):
        raise InvalidParameter("link")
    try:
        parts = urlsplit(link)
        has_host = bool(parts.hostname)
    except ValueError:
        raise InvalidParameter("link") from None
    if parts.scheme not in {"http", "https"} or not has_host:
        raise InvalidParameter("link")
    return link


def _no_dripfeed(params: Mapping[str, str]) -> None:
    # Fewer than two runs are an ordinary order; more need a service that drip-feeds, and none does yet.
    if params.get("runs") and not 0 <= whole_number(params, "runs") <= 1:
        raise InvalidParameter("runs")


def _quantity(service: Service, params: Mapping[str, str]) -> int:
    if service.type == ServiceType.PACKAGE:
        return service.min
    quantity = whole_number(params, "quantity")
    if quantity < service.min:
        raise QuantityBelow(service.min)
    if quantity > service.max:
        raise QuantityAbove(service.max)
    return quantity
