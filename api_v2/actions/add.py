"""`add`: placing an order."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

import orders.operations
from api_v2.actions.declaration import Action, Example, Kind, Parameter
from api_v2.actions.exemplary import ORDER_ID, ORDER_NUMBER
from api_v2.verdict import Caller
from kit import ids
from orders.operations import LinkInProgress, OrdersStopped, Placed, RequestConflict, ServiceNotFound
from orders.parameters import (
    KNOWN,
    TAKES,
    InvalidCoupon,
    InvalidParameter,
    MissingParameter,
    QuantityAbove,
    QuantityBelow,
    Takes,
)
from orders.parameters.rules import Rule, future_day, lines, link, text
from orders.parameters.types import Parameter as OfType
from wallets.operations import InsufficientBalance

LONGEST_REQUEST_ID = 128
PLACED = Placed(ORDER_NUMBER, ORDER_ID, replayed=False)
OF_EVERY_TYPE = {"service", "coupon"}
DRIPFED = 18  # the service of the example that has one, after one for each type
KINDS: dict[Rule, Kind] = {
    link: Kind.URL,
    lines: Kind.LINES,
    text: Kind.TEXT,
    future_day: Kind.DAY,
}  # all else: numbers
COUNTED = Parameter(
    "quantity", "Within the service's min and max, for each run.", "1000", required=True, kind=Kind.NUMBER
)
RUNS = (
    Parameter(
        "runs",
        "How many times the quantity is delivered, on a service with `dripfeed`; 0 or 1: once.",
        "5",
        kind=Kind.NUMBER,
    ),
    Parameter(
        "interval", "Minutes from one run to the next; needed when runs > 1, else ignored.", "60", kind=Kind.NUMBER
    ),
)


def _of_types(name: str) -> Parameter:
    """Return the declaration of a parameter that some types take, as the table of types has it."""
    taking = {str(kind): each for kind, takes in TAKES.items() for each in described(takes) if each.name == name}
    return replace(next(iter(taking.values())), required=False, taken_by=tuple(taking))


def described(takes: Takes) -> list[Parameter]:
    """Return the declaration of everything a type takes beside service, request_id and coupon."""
    own = [_described(each) for each in takes.parameters]
    counted = [COUNTED] if takes.quantity_is_sent else []
    return [*own, *counted, *(RUNS if takes.dripfeed else ())]


def _described(parameter: OfType) -> Parameter:
    only = "" if parameter.only_where is None else " Only where `{}` is {}.".format(*parameter.only_where)
    kind = KINDS.get(parameter.rule, Kind.NUMBER)
    return Parameter(
        parameter.name, parameter.meaning + only, parameter.example, required=not parameter.optional, kind=kind
    )


def _example(kind: str, number: int, *, title: str = "", **more: str) -> Example:
    """Return a call with every parameter a service of the type needs."""
    takes, needed = TAKES[kind], {"service": str(number)}
    for each in takes.parameters:
        if not each.optional and each.taken_with(needed):
            needed[each.name] = each.example
    counted = {"quantity": COUNTED.example} if takes.quantity_is_sent else {}
    return Example({**needed, **counted, **more, "request_id": f"order-{8840 + number}"}, PLACED, title or str(kind))


class Add(Action):
    """Places an order, once for each `request_id`: sent again with the same body it gives the first answer again."""

    name = "add"
    summary = "Place an order."
    writes = True
    parameters = (
        Parameter("service", "The service's id, as `services` lists it.", "1", required=True, kind=Kind.NUMBER),
        Parameter(
            "request_id",
            "Up to 128 characters of your choice that name this order. Sent again, it never orders twice.",
            "order-8841",
            required=True,
            optional_in="classic",
        ),
        *(_of_types(name) for name in KNOWN if name not in OF_EVERY_TYPE),
        Parameter("coupon", "A coupon's code; capital letters count."),
    )
    errors = (
        MissingParameter,
        InvalidParameter,
        RequestConflict,
        ServiceNotFound,
        OrdersStopped,
        QuantityBelow,
        QuantityAbove,
        LinkInProgress,
        InvalidCoupon,
        InsufficientBalance,
    )
    examples = (
        *(_example(kind, number) for number, kind in enumerate(TAKES, start=1)),
        _example("Default", DRIPFED, title="Default, as a drip-feed", runs="5", interval="60"),
    )

    def read(self, params: Mapping[str, str], dialect: str) -> dict[str, str]:
        """Return the parameters this action knows, and as `call` what this call is known by.

        By it a second try (second_try.py) finds what the first has placed, where there is no request_id.
        """
        return super().read(params, dialect) | {"call": str(ids.new_id())}

    def run(self, caller: Caller, params: Mapping[str, str]) -> Placed:
        """Place the order, or return the one that this request_id, or the same call a moment ago, placed."""
        if len(params.get("request_id", "")) > LONGEST_REQUEST_ID:
            raise InvalidParameter("request_id")
        return orders.operations.place(
            account_id=caller.account_id,
            params=params,
            request_id=params.get("request_id"),
            call=UUID(params["call"]),
            api_key_id=caller.key_id,
            actor=f"api:{caller.key_prefix}",
        )
