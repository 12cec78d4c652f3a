"""`status`: how one order, or up to a hundred, are doing."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import orders.queries
from api_v2.actions.declaration import Example, Kind, Parameter
from api_v2.actions.exemplary import BY_NUMBERS, ORDER, ORDERS, POST_IDS, POST_NUMBERS, SEVERAL, SUBSCRIPTION
from api_v2.actions.naming import OneOrMany, alone, named
from api_v2.errors import OrderAndOrders, TooManyOrders
from api_v2.verdict import Caller
from orders.parameters import InvalidParameter, MissingParameter
from orders.queries import OrderNotFound, OrderState
from orders.states import OrderStatus
from orders.subscription_queries import Posts


@dataclass(frozen=True, slots=True)
class StatusesResult:
    """A row for each id, keyed exactly as it was sent."""

    rows: dict[str, OrderState | OrderNotFound]


IN_PROGRESS = OrderState("in_progress", charge=Decimal("0.50"), start_count=1234, remains=650)
POSTING = OrderState(
    "in_progress",
    charge=Decimal(0),
    start_count=0,
    remains=3,
    subscription=Posts("active", expires_on=None, posts=2, orders=POST_NUMBERS, public_ids=POST_IDS),
)


class Status(OneOrMany):
    """How orders are doing. A batch is one request to the rate limits."""

    name = "status"
    summary = "The status of an order, or of up to 100."
    one = "order"
    not_found = OrderNotFound
    parameters = (
        Parameter("order", "An order's id.", ORDER, or_else="orders", kind=Kind.ID),
        Parameter("orders", "Up to 100 orders' ids.", ",".join(ORDERS), or_else="order", kind=Kind.LIST),
    )
    words = {"status": tuple(OrderStatus.values)}
    errors = (MissingParameter, InvalidParameter, OrderNotFound, OrderAndOrders, TooManyOrders)
    examples = (
        Example({"order": ORDER}, IN_PROGRESS),
        Example({"orders": ORDER}, StatusesResult({ORDER: IN_PROGRESS}), SEVERAL),
        Example(
            {"orders": ",".join(ORDERS)},
            StatusesResult({ORDERS[0]: IN_PROGRESS, ORDERS[1]: OrderNotFound()}),
            BY_NUMBERS,
        ),
        Example({"order": SUBSCRIPTION}, POSTING, "A subscription"),
    )

    def run(self, caller: Caller, params: Mapping[str, str]) -> OrderState | StatusesResult:
        """Return one order's state, or a row for each id of a batch."""
        sent, batch = named(params, "order", OrderAndOrders())
        found = orders.queries.states(caller.account_id, sent)
        rows: dict[str, OrderState | OrderNotFound] = {each: found.get(each) or OrderNotFound() for each in sent}
        return StatusesResult(rows) if batch else alone(rows[sent[0]])
