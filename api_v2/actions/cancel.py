"""`cancel`: giving up one order, or up to a hundred."""

from collections.abc import Mapping
from dataclasses import dataclass

from api_v2.actions.declaration import Action, Example, Parameter
from api_v2.actions.naming import named, no_such
from api_v2.errors import OrderAndOrders, TooManyOrders
from api_v2.verdict import Caller
from orders.operations.cancelling import Canceled, CannotBeCanceled, Outcome, cancel
from orders.parameters import InvalidParameter, MissingParameter
from orders.queries import OrderNotFound

ORDER = "ord_01HG9X7KJP4N2M8QW5T3R6Y0AB"


@dataclass(frozen=True, slots=True)
class CancelsResult:
    """A row for each id as it was sent, in that order."""

    rows: list[tuple[str, Outcome]]


class Cancel(Action):
    """Cancels what has not been sent, and refunds it at once; asks the provider to cancel what is under way.

    What the provider makes of it shows in the order's `status` later; nothing is refunded before. Asking again does no
    harm. A batch is one request to the rate limits, and each order has its own outcome.
    """

    name = "cancel"
    summary = "Cancel an order, or up to 100."
    writes = True
    parameters = (
        Parameter("order", "An order's id.", ORDER),
        Parameter("orders", "Up to 100 ids, separated by commas.", ""),
    )
    errors = (MissingParameter, InvalidParameter, OrderNotFound, CannotBeCanceled, OrderAndOrders, TooManyOrders)
    examples = (
        Example({"order": ORDER}, {"cancel": ORDER}),
        Example({"orders": ORDER}, [{"order": ORDER, "cancel": ORDER}]),
    )

    def read(self, params: Mapping[str, str]) -> dict[str, str]:
        """Return the parameters this action knows.

        :raises OrderNotFound: where a single id is no text, as with any other that names no order.
        :raises InvalidParameter: where a batch is no text: its ids could not be written back.
        """
        try:
            return super().read(params)
        except InvalidParameter as error:
            raise no_such(error, params, "order", OrderNotFound) from None

    def run(self, caller: Caller, params: Mapping[str, str]) -> Canceled | CancelsResult:
        """Cancel the order, or each of a batch."""
        sent, batch = named(params, "order", OrderAndOrders())
        outcomes = cancel(account_id=caller.account_id, sent=sent, actor=f"api:{caller.key_prefix}")
        if batch:
            return CancelsResult([(each, outcomes[each]) for each in sent])
        outcome = outcomes[sent[0]]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome
