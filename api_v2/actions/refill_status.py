"""`refill_status`: how one refill, or up to a hundred, are doing."""

from collections.abc import Mapping
from dataclasses import dataclass

import orders.refill_queries
from api_v2.actions.declaration import Example, Kind, Parameter
from api_v2.actions.exemplary import BY_NUMBERS, REFILL, REFILLS, SEVERAL
from api_v2.actions.naming import OneOrMany, alone, named
from api_v2.errors import RefillAndRefills, TooManyOrders
from api_v2.verdict import Caller
from orders.parameters import InvalidParameter, MissingParameter
from orders.refill_queries import RefillNotFound
from orders.states import RefillStatus as State


@dataclass(frozen=True, slots=True)
class RefillStatusResult:
    """How a refill is doing."""

    status: str


@dataclass(frozen=True, slots=True)
class RefillStatusesResult:
    """A row for each id as it was sent, in that order."""

    rows: list[tuple[str, RefillStatusResult | RefillNotFound]]


class RefillStatus(OneOrMany):
    """How refills are doing. A batch is one request to the rate limits."""

    name = "refill_status"
    summary = "The status of a refill, or of up to 100."
    one = "refill"
    not_found = RefillNotFound
    parameters = (
        Parameter("refill", "A refill's id.", REFILL, or_else="refills", kind=Kind.ID),
        Parameter("refills", "Up to 100 refills' ids.", ",".join(REFILLS), or_else="refill", kind=Kind.LIST),
    )
    words = {"status": tuple(State.values)}
    errors = (MissingParameter, InvalidParameter, RefillNotFound, RefillAndRefills, TooManyOrders)
    examples = (
        Example({"refill": REFILL}, RefillStatusResult("pending")),
        Example({"refills": REFILL}, RefillStatusesResult([(REFILL, RefillStatusResult("completed"))]), SEVERAL),
        Example(
            {"refills": ",".join(REFILLS)},
            RefillStatusesResult([(REFILLS[0], RefillStatusResult("completed")), (REFILLS[1], RefillNotFound())]),
            BY_NUMBERS,
        ),
    )

    def run(self, caller: Caller, params: Mapping[str, str]) -> RefillStatusResult | RefillStatusesResult:
        """Return one refill's status, or a row for each id of a batch."""
        sent, batch = named(params, "refill", RefillAndRefills())
        found = orders.refill_queries.statuses(caller.account_id, sent)
        rows = [(each, RefillStatusResult(found[each]) if each in found else RefillNotFound()) for each in sent]
        return RefillStatusesResult(rows) if batch else alone(rows[0][1])
