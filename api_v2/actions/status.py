"""`status`: how one order, or up to a hundred, are doing."""

from collections.abc import Mapping
from dataclasses import dataclass

import orders.queries
from api_v2.actions.declaration import Example, Parameter
from api_v2.actions.naming import OneOrMany, alone, named
from api_v2.errors import OrderAndOrders, TooManyOrders
from api_v2.verdict import Caller
from orders.parameters import InvalidParameter, MissingParameter
from orders.queries import OrderNotFound, OrderState


@dataclass(frozen=True, slots=True)
class StatusesResult:
    """A row for each id, keyed exactly as it was sent."""

    rows: dict[str, OrderState | OrderNotFound]


class Status(OneOrMany):
    """How orders are doing. A batch is one request to the rate limits."""

    name = "status"
    summary = "The status of an order, or of up to 100."
    one = "order"
    not_found = OrderNotFound
    parameters = (
        Parameter("order", "An order's id.", "ord_01HG9X7KJP4N2M8QW5T3R6Y0AB"),
        Parameter("orders", "Up to 100 ids, separated by commas.", ""),
    )
    errors = (MissingParameter, InvalidParameter, OrderNotFound, OrderAndOrders, TooManyOrders)
    examples = (
        Example(
            {"order": "ord_01HG9X7KJP4N2M8QW5T3R6Y0AB"},
            {
                "status": "in_progress",
                "charge": "0.50",
                "start_count": "1234",
                "remains": "650",
                "currency": "USD",
            },
        ),
        Example(
            {"order": "ord_01HG9XD2S0BSCR1PT10N5QW8RT"},
            {
                "status": "in_progress",
                "charge": "0.00",
                "start_count": "0",
                "remains": "3",
                "currency": "USD",
                "posts": "2",
                "orders": ["ord_01HG9XF7P0STN1M2QW5T3R6Y0A", "ord_01HG9XK4P0STN2N2QW5T3R6Y0B"],
            },
        ),
    )

    def run(self, caller: Caller, params: Mapping[str, str]) -> OrderState | StatusesResult:
        """Return one order's state, or a row for each id of a batch."""
        sent, batch = named(params, "order", OrderAndOrders())
        found = orders.queries.states(caller.account_id, sent)
        rows: dict[str, OrderState | OrderNotFound] = {each: found.get(each) or OrderNotFound() for each in sent}
        return StatusesResult(rows) if batch else alone(rows[sent[0]])
