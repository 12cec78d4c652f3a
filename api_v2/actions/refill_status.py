"""`refill_status`: how one refill, or up to a hundred, are doing."""

from collections.abc import Mapping
from dataclasses import dataclass

import orders.refill_queries
from api_v2.actions.declaration import Action, Example, Parameter
from api_v2.actions.naming import named, no_such
from api_v2.errors import RefillAndRefills, TooManyOrders
from api_v2.verdict import Caller
from orders.parameters import InvalidParameter, MissingParameter
from orders.refill_queries import RefillNotFound

REFILL = "ref_01HG9XAZQM7C4D1E8F5G2H9J6K"


@dataclass(frozen=True, slots=True)
class RefillStatusResult:
    """How a refill is doing."""

    status: str


@dataclass(frozen=True, slots=True)
class RefillStatusesResult:
    """A row for each id as it was sent, in that order."""

    rows: list[tuple[str, RefillStatusResult | RefillNotFound]]


class RefillStatus(Action):
    """How refills are doing. A batch is one request to the rate limits."""

    name = "refill_status"
    summary = "The status of a refill, or of up to 100."
    parameters = (
        Parameter("refill", "A refill's id.", REFILL),
        Parameter("refills", "Up to 100 ids, separated by commas.", ""),
    )
    errors = (MissingParameter, InvalidParameter, RefillNotFound, RefillAndRefills, TooManyOrders)
    examples = (
        Example({"refill": REFILL}, {"status": "pending"}),
        Example({"refills": REFILL}, [{"refill": REFILL, "status": "completed"}]),
    )

    def read(self, params: Mapping[str, str]) -> dict[str, str]:
        """Return the parameters this action knows.

        :raises RefillNotFound: where a single id is no text, as with any other that names no refill.
        :raises InvalidParameter: where a batch is no text: its ids could not be written back.
        """
        try:
            return super().read(params)
        except InvalidParameter as error:
            raise no_such(error, params, "refill", RefillNotFound) from None

    def run(self, caller: Caller, params: Mapping[str, str]) -> RefillStatusResult | RefillStatusesResult:
        """Return one refill's status, or a row for each id of a batch."""
        sent, batch = named(params, "refill", RefillAndRefills())
        found = orders.refill_queries.statuses(caller.account_id, sent)
        rows = [(each, RefillStatusResult(found[each]) if each in found else RefillNotFound()) for each in sent]
        if batch:
            return RefillStatusesResult(rows)
        outcome = rows[0][1]
        if isinstance(outcome, Exception):
            raise outcome
        return outcome
