"""Many orders at once, from a text with a line for each: every line has an outcome of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from orders.operations.placing import LinkInProgress, OrdersStopped, Placed, RequestConflict, ServiceNotFound, place
from orders.parameters import InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from wallets.operations import InsufficientBalance

MOST_LINES = 1000
WRITTEN_AS = "service | link | quantity"


class TooManyLines(ValueError):
    """More lines than are taken at once. Nothing was ordered."""


class NotALine(ValueError):
    """The line is not written as one is."""


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What came of one line, whose number counts from 1: an order, or why there is none, in words."""

    number: int
    text: str
    order: Placed | None = None
    refusal: str = ""


def place_all(*, account_id: int, text: str, batch_id: UUID, actor: str) -> list[LineOutcome]:
    """Place an order for each line `service | link | quantity` out of the account's wallet; blank lines are skipped.

    The same batch sent again orders nothing twice: a line's request_id follows from the batch and the line's number.
    Call it outside a transaction: every line is one of its own, so that no line holds up the account's other orders.

    :raises TooManyLines: where there are more than 1000.
    """
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if len(lines) > MOST_LINES:
        raise TooManyLines(f"{len(lines)} lines are too many: send at most {MOST_LINES} at once")
    return [_outcome(account_id, number, line, batch_id, actor) for number, line in lines]


def _outcome(account_id: int, number: int, line: str, batch_id: UUID, actor: str) -> LineOutcome:
    request_id = f"mass:{uuid5(batch_id, str(number))}"
    try:
        placed = place(account_id=account_id, params=_params(line), request_id=request_id, actor=actor)
    except tuple(IN_WORDS) as error:
        return LineOutcome(number, line, refusal=IN_WORDS[type(error)](error))
    return LineOutcome(number, line, placed)


def _params(line: str) -> dict[str, str]:
    service, _, rest = line.partition("|")
    # A link may hold a | of its own; what comes after the last one is a quantity or nothing.
    link, _, quantity = rest.rpartition("|") if "|" in rest else (rest, "", "")
    params = {"service": service.strip(), "link": link.strip(), "quantity": quantity.strip()}
    if not rest.strip() or not (params["quantity"].isdigit() or not params["quantity"]):
        raise NotALine(f"write it as {WRITTEN_AS}")
    return params


def _missing(error: MissingParameter) -> str:
    if error.name in {"service", "link", "quantity"}:
        return f"the {error.name} is missing: write it as {WRITTEN_AS}"
    return f"this service needs {error.name} as well: order it by itself"


INVALID = {
    "service": "the service is not a number",
    "link": "the link is not an http(s) address of at most 1000 characters",
    "quantity": "the quantity is not a whole number",
}
IN_WORDS: dict[type[Exception], Callable[[Any], str]] = {
    NotALine: str,
    MissingParameter: _missing,
    InvalidParameter: lambda error: INVALID.get(error.name, str(error)),
    ServiceNotFound: lambda _: "there is no such service on sale",
    OrdersStopped: lambda error: f"no orders of it are taken now: {error.text}",
    QuantityBelow: lambda error: f"the quantity is below the service's minimum of {error.minimum}",
    QuantityAbove: lambda error: f"the quantity is above the service's maximum of {error.maximum}",
    LinkInProgress: lambda _: "another order for this link has not ended",
    InsufficientBalance: lambda _: "the balance is too low",
    RequestConflict: lambda _: "this line has ordered something else before: begin a new mass order",
}
