"""What a reseller wants: an order's parameters, read in the protocol's order of checks."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from django.conf import settings

from catalog.models import Service, ServiceType
from orders.parameters.refusals import InvalidParameter
from orders.parameters.rules import LONGEST_LINES, lines, required, whole_number
from orders.parameters.types import TAKES, Parameter, Takes

LARGEST_QUANTITY = 2**31 - 1  # what the column holds, over all runs
LONGEST_DRIPFEED = 10 * 365 * 24 * 60  # minutes from the first run to the last


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is ordered, checked against the service.

    `quantity` is that of one run, of a subscription its posts, 0 for no end; `params` is what the type takes beside
    link and quantity, as it is sent on. A subscription has no link.
    """

    link: str
    quantity: int
    runs: int = 1
    interval: int | None = None
    params: dict[str, str] = field(default_factory=dict)
    first_post: int | None = None

    @property
    def target(self) -> str:
        """Return where it is delivered: the link; of a subscription, which has none, the username."""
        return self.link or self.params.get("username", "")

    @property
    def in_all(self) -> int:
        """Return the quantity over all runs."""
        return self.quantity * self.runs

    @property
    def billed(self) -> int:
        """Return the quantity that is charged at placing: all of it, of a subscription the service's min."""
        return self.in_all if self.first_post is None else self.first_post


def wanted(service: Service, params: Mapping[str, str]) -> Wanted:
    """Return what is ordered of this service.

    :raises MissingParameter: :raises InvalidParameter: :raises QuantityBelow: :raises QuantityAbove:
    whichever comes first in the protocol's order.
    """
    takes = TAKES[service.type]
    given = _given(takes, params)
    runs, interval = _dripfeed(takes.dripfeed and service.dripfeed, params)
    quantity = takes.quantity(service, {**params, **given})
    if quantity * runs > LARGEST_QUANTITY:
        raise InvalidParameter("runs")
    first_post = service.min if service.type == ServiceType.SUBSCRIPTIONS else None
    return Wanted(given.pop("link", ""), quantity, runs, interval, given, first_post)


def _given(takes: Takes, params: Mapping[str, str]) -> dict[str, str]:
    given: dict[str, str] = {}
    for each in takes.parameters:
        if each.taken_with(given) and (params.get(each.name) or not each.optional):
            given[each.name] = _read(each, params)
            _leave_room(takes, given, each.name)
    return given


def _read(parameter: Parameter, params: Mapping[str, str]) -> str:
    value = parameter.rule(parameter.name, required(params, parameter.name))
    # Of lines that were all empty, nothing is left.
    return required({parameter.name: value}, parameter.name)


def _leave_room(takes: Takes, given: Mapping[str, str], name: str) -> None:
    listed = [each.name for each in takes.parameters if each.rule is lines and each.name in given]
    if sum(len(given[each].encode()) for each in listed) > LONGEST_LINES:
        raise InvalidParameter(name)


def _dripfeed(offered: bool, params: Mapping[str, str]) -> tuple[int, int | None]:
    """Return the runs and the minutes between them; fewer than two are an ordinary order, and interval says nothing."""
    runs = whole_number(params, "runs") if params.get("runs") else 1
    if 0 <= runs <= 1:
        return 1, None
    if not offered or not 1 < runs <= settings.MOST_RUNS:
        raise InvalidParameter("runs")
    interval = whole_number(params, "interval")
    if interval < 1 or interval * (runs - 1) > LONGEST_DRIPFEED:
        raise InvalidParameter("interval")
    return runs, interval
