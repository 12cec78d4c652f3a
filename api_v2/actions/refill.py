"""`refill`: filling an order up again, or up to a hundred."""

from collections.abc import Mapping
from dataclasses import dataclass

from api_v2.actions.declaration import Example, Kind, Parameter
from api_v2.actions.exemplary import BY_NUMBERS, ORDER, ORDERS, REFILL_ID, REFILL_NUMBER, SEVERAL
from api_v2.actions.naming import OneOrMany, alone, named
from api_v2.errors import OrderAndOrders, TooManyOrders
from api_v2.verdict import Caller
from orders.operations.refills import (
    OrderNotCompleted,
    RefillAlreadyPending,
    RefillLimitReached,
    RefillNotAvailable,
    RefillPeriodOver,
    Requested,
    request,
)
from orders.operations.refills.requesting import Outcome
from orders.parameters import InvalidParameter, MissingParameter
from orders.queries import OrderNotFound


@dataclass(frozen=True, slots=True)
class RefillsResult:
    """A row for each id as it was sent, in that order."""

    rows: list[tuple[str, Outcome]]


class Refill(OneOrMany):
    """Has an order filled up again that lost some of what was delivered, as often and as long as its service allows.

    One refill of an order at a time. A batch is one request to the rate limits, and each order has its own outcome.
    """

    name = "refill"
    summary = "Ask for a refill of an order, or of up to 100."
    one = "order"
    not_found = OrderNotFound
    writes = True
    parameters = (
        Parameter("order", "An order's id.", ORDER, or_else="orders", kind=Kind.ID),
        Parameter("orders", "Up to 100 orders' ids.", ",".join(ORDERS), or_else="order", kind=Kind.LIST),
    )
    errors = (
        MissingParameter,
        InvalidParameter,
        OrderNotFound,
        RefillNotAvailable,
        OrderNotCompleted,
        RefillAlreadyPending,
        RefillLimitReached,
        RefillPeriodOver,
        OrderAndOrders,
        TooManyOrders,
    )
    examples = (
        Example({"order": ORDER}, Requested(REFILL_NUMBER, REFILL_ID)),
        Example({"orders": ORDER}, RefillsResult([(ORDER, Requested(REFILL_NUMBER, REFILL_ID))]), SEVERAL),
        Example(
            {"orders": ",".join(ORDERS)},
            RefillsResult([(ORDERS[0], Requested(REFILL_NUMBER, REFILL_ID)), (ORDERS[1], OrderNotFound())]),
            BY_NUMBERS,
        ),
    )

    def run(self, caller: Caller, params: Mapping[str, str]) -> Requested | RefillsResult:
        """Have the order refilled, or each of a batch."""
        sent, batch = named(params, "order", OrderAndOrders())
        outcomes = request(account_id=caller.account_id, sent=sent, actor=f"api:{caller.key_prefix}")
        return RefillsResult([(each, outcomes[each]) for each in sent]) if batch else alone(outcomes[sent[0]])
