"""`cancel`: giving up one order, or up to a hundred."""

from collections.abc import Mapping
from dataclasses import dataclass

from api_v2.actions.declaration import Example, Kind, Parameter
from api_v2.actions.exemplary import BY_NUMBERS, ORDER, ORDER_ID, ORDER_NUMBER, ORDERS, SEVERAL
from api_v2.actions.naming import OneOrMany, alone, named
from api_v2.errors import OrderAndOrders, TooManyOrders
from api_v2.verdict import Caller
from orders.operations.cancelling import Canceled, CannotBeCanceled, Outcome, cancel
from orders.parameters import InvalidParameter, MissingParameter
from orders.queries import OrderNotFound


@dataclass(frozen=True, slots=True)
class CancelsResult:
    """A row for each id as it was sent, in that order."""

    rows: list[tuple[str, Outcome]]


CANCELED = Canceled(ORDER_NUMBER, ORDER_ID)


class Cancel(OneOrMany):
    """Cancels what has not been sent, and refunds it at once; asks the provider to cancel what is under way.

    What the provider makes of it shows in the order's `status` later; nothing is refunded before. Asking again does no
    harm. A batch is one request to the rate limits, and each order has its own outcome.
    """

    name = "cancel"
    summary = "Cancel an order, or up to 100."
    one = "order"
    not_found = OrderNotFound
    writes = True
    parameters = (
        Parameter("order", "An order's id.", ORDER, or_else="orders", kind=Kind.ID),
        Parameter("orders", "Up to 100 orders' ids.", ",".join(ORDERS), or_else="order", kind=Kind.LIST),
    )
    errors = (MissingParameter, InvalidParameter, OrderNotFound, CannotBeCanceled, OrderAndOrders, TooManyOrders)
    examples = (
        Example({"order": ORDER}, CANCELED, classic=CancelsResult([(ORDER, CANCELED)])),
        Example({"order": ORDERS[0]}, CANCELED, "By its number", classic=CancelsResult([(ORDERS[0], CANCELED)])),
        Example({"orders": ORDER}, CancelsResult([(ORDER, CANCELED)]), SEVERAL),
        Example(
            {"orders": ",".join(ORDERS)},
            CancelsResult([(ORDERS[0], CANCELED), (ORDERS[1], OrderNotFound())]),
            BY_NUMBERS,
        ),
    )

    def run(self, caller: Caller, params: Mapping[str, str]) -> Canceled | CancelsResult:
        """Cancel the order, or each of a batch."""
        sent, batch = named(params, "order", OrderAndOrders())
        outcomes = cancel(account_id=caller.account_id, sent=sent, actor=f"api:{caller.key_prefix}")
        return CancelsResult([(each, outcomes[each]) for each in sent]) if batch else alone(outcomes[sent[0]])
