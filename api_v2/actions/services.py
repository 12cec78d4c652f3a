"""`services`: what is on sale, at this account's rates."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import catalog.queries
from api_v2.actions.declaration import Action, Example
from api_v2.verdict import Caller
from catalog.models import ServiceType
from catalog.queries import Listed
from catalog.searching import at_rates


@dataclass(frozen=True, slots=True)
class ServicesResult:
    """The services in their order, each with the rate this account pays."""

    services: list[Listed]


FOLLOWERS = Listed(
    id=1,
    name="Followers",
    type="Default",
    category="First category",
    rate=Decimal("0.90"),
    min=50,
    max=10_000,
    refill=True,
    cancel=True,
    dripfeed=False,
    description="From all over the world.",
    average_time=90,
)
PACKAGE = Listed(
    id=2,
    name="Ten likes",
    type="Package",
    category="Second category",
    rate=Decimal("0.25"),
    min=1,
    max=1,
    refill=False,
    cancel=False,
    dripfeed=False,
    description="",
    average_time=None,
)


class Services(Action):
    """The whole catalogue in one answer. Send the ETag back in If-None-Match to be told that nothing changed."""

    name = "services"
    summary = "Every service on sale, with the rates this account pays."
    tagged = True
    words = {"type": tuple(ServiceType.values)}
    examples = (Example({}, ServicesResult([FOLLOWERS, PACKAGE])),)

    def run(self, caller: Caller, params: Mapping[str, str]) -> ServicesResult:
        """Return the listing with the account's personal prices and discounts applied."""
        terms = catalog.queries.terms(caller.account_id)
        return ServicesResult(at_rates(catalog.queries.listing(), terms))
