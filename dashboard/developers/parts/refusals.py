"""What is written of refusals, all of it out of their declarations."""

from collections.abc import Iterable

import orjson

from api_v2.actions import ACTIONS, Action
from api_v2.errors import REFUSALS, ReadOnlyKey, UnknownAction, documented
from api_v2.refusal import About
from dashboard.developers.reader import Reader
from dashboard.developers.tables import table

HEADS = ["status", "body", "cause", "classic dialect"]
OF_THE_REQUEST = (
    "What can be wrong with the request itself, whatever its action, is under [Errors](/developers/errors).\n"
)


def of_action(action: Action) -> str:
    """Return what an action can be refused with: its own first, then what can answer any."""
    return f"{table(HEADS, map(_row, kinds(action)))}\n{OF_THE_REQUEST}"


def kinds(action: Action) -> list[type[Exception]]:
    """Return the refusals of an action: its own first, then what can answer any."""
    of_others = {UnknownAction} if action.writes else {UnknownAction, ReadOnlyKey}
    common = [kind for kind, refusal in REFUSALS.items() if refusal.about == About.ANY_ACTION]
    return [*action.errors, *(kind for kind in common if kind not in of_others and kind not in _declared_by_some())]


def _declared_by_some() -> set[type[Exception]]:
    """Return the refusals that some actions have and others not."""
    return {kind for action in ACTIONS.values() for kind in action.errors}


def about(reader: Reader, what: str) -> str:
    """Return the table of all refusals about the transport, any action, or an action."""
    meant = [kind for kind, refusal in REFUSALS.items() if refusal.about == About(what)]
    return _with_actions(meant) if what == About.AN_ACTION else table(HEADS, map(_row, meant))


def _with_actions(meant: Iterable[type[Exception]]) -> str:
    rows = [[*_row(kind), ", ".join(f"`{each.name}`" for each in _raising(kind))] for kind in meant]
    return table([*HEADS, "answered by"], rows)


def _raising(kind: type[Exception]) -> list[Action]:
    return [action for action in ACTIONS.values() if kind in action.errors]


def _row(kind: type[Exception]) -> list[str]:
    status, text = documented(kind, "standard")
    return [str(status), f"`{body(text)}`", REFUSALS[kind].cause, _in_classic(kind)]


def body(text: str) -> str:
    """Return the body of a refusal as it is on the wire."""
    return orjson.dumps({"error": text}).decode()


def _in_classic(kind: type[Exception]) -> str:
    refusal = REFUSALS[kind]
    if refusal.only_standard:
        return "never answered"
    status, text = documented(kind, "classic")
    words = "same text" if text == documented(kind, "standard")[1] else f"`{text}`"
    if refusal.apart:
        words += f"; of `{refusal.apart}`: `{documented(kind, 'classic', refusal.apart)[1]}`"
    return f"{status}, {words}"
