"""Many orders at once, from a text with a line for each: every line has an outcome of its own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
        counted = {"lines": len(lines), "most": MOST_LINES}
        raise TooManyLines(_("%(lines)s lines are too many: send at most %(most)s at once") % counted)
    return [_outcome(account_id, number, line, batch_id, actor) for number, line in lines]


def _outcome(account_id: int, number: int, line: str, batch_id: UUID, actor: str) -> LineOutcome:
    request_id = f"mass:{uuid5(batch_id, str(number))}"
    try:
        placed = place(account_id=account_id, params=_params(line), request_id=request_id, actor=actor)
    except tuple(IN_WORDS) as error:
        return LineOutcome(number, line, refusal=IN_WORDS[type(error)](error))
    return LineOutcome(number, line, placed)


def _params(line: str) -> dict[str, str]:
    service, _bar, rest = line.partition("|")
    # A link may hold a | of its own; what comes after the last one is a quantity or nothing.
    link, _bar, quantity = rest.rpartition("|") if "|" in rest else (rest, "", "")
    params = {"service": service.strip(), "link": link.strip(), "quantity": quantity.strip()}
    if not rest.strip() or not (params["quantity"].isdigit() or not params["quantity"]):
        raise NotALine(_("write it as %(line)s") % {"line": WRITTEN_AS})
    return params


def _missing(error: MissingParameter) -> str:
    if error.name in MISSING:
        return MISSING[error.name] % {"line": WRITTEN_AS}
    return _("this service needs %(name)s as well: order it by itself") % {"name": error.name}


MISSING = {
    "service": gettext_lazy("the service is missing: write it as %(line)s"),
    "link": gettext_lazy("the link is missing: write it as %(line)s"),
    "quantity": gettext_lazy("the quantity is missing: write it as %(line)s"),
}
INVALID = {
    "service": gettext_lazy("the service is not a number"),
    "link": gettext_lazy("the link is not an http(s) address of at most 1000 characters"),
    "quantity": gettext_lazy("the quantity is not a whole number"),
}
# Why a line is not ordered, in the language of whoever asks.
IN_WORDS: dict[type[Exception], Callable[[Any], str]] = {
    NotALine: str,
    MissingParameter: _missing,
    InvalidParameter: lambda error: str(INVALID.get(error.name, error)),
    ServiceNotFound: lambda _error: _("there is no such service on sale"),
    OrdersStopped: lambda error: _("no orders of it are taken now: %(text)s") % {"text": error.text},
    QuantityBelow: lambda error: (
        _("the quantity is below the service's minimum of %(minimum)s") % {"minimum": error.minimum}
    ),
    QuantityAbove: lambda error: (
        _("the quantity is above the service's maximum of %(maximum)s") % {"maximum": error.maximum}
    ),
    LinkInProgress: lambda _error: _("another order for this link has not ended"),
    InsufficientBalance: lambda _error: _("the balance is too low"),
    RequestConflict: lambda _error: _("this line has ordered something else before: begin a new mass order"),
}
