"""Asking about several ids in one call, and finding each one's answer in what comes back."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from providers import answers, faults
from providers.following import NoNews
from providers.outcomes import CallFailed, ProviderError

BATCH = 100
SINGLY = 10  # calls made at once for a panel that takes one id a call: each may last as long as a call may

T = TypeVar("T")
Asked = Callable[[str, dict[str, str]], object]


@dataclass(frozen=True)
class Question(Generic[T]):
    """An action that takes one id (`order`) or several (`orders`), and how one id's answer is read.

    `named_by` are the members in which a list's items say which id they are about; `answered_by` is the member by
    which the answer about a single id is known.
    """

    action: str
    one: str
    many: str
    named_by: tuple[str, ...]
    answered_by: str
    read: Callable[[object], T]


def ask_each(asked: Asked, question: Question[T], ids: Sequence[str]) -> dict[str, T | NoNews]:
    """Return what the provider says of each of up to 100 ids, in one call.

    A panel that says that it misses the parameter for one id is asked for one at a time: for the first ten; the others
    are NoNews this time.

    :raises CallFailed: where it says nothing that concerns them.
    """
    if len(ids) > BATCH:
        raise ValueError(f"a batch holds at most {BATCH} ids")
    ids = list(dict.fromkeys(ids))
    if not ids:
        return {}
    try:
        data = asked(question.action, {question.many: ",".join(ids)})
    except ProviderError as error:
        if misses(question.one, error.text):
            return _one_by_one(asked, question, ids)
        if len(ids) == 1 and concerns_it_alone(error):
            return {ids[0]: question.read({"error": error.text})}
        raise
    found = items(data, ids, question.named_by, question.answered_by)
    return {name: question.read(found[name]) if name in found else LEFT_OUT for name in ids}


def items(data: object, ids: Sequence[str], named_by: Sequence[str], answered_by: str) -> Mapping[str, object]:
    """Return a batch's answer by id: it is an object by id, or a list of items that name theirs."""
    if isinstance(data, dict):
        found: dict[str, object] = {str(name).strip(): item for name, item in data.items()}
        if len(ids) == 1 and ids[0] not in found and answered_by in data:
            return {ids[0]: data}  # one id asked as a batch, answered as one
        return found
    if isinstance(data, list):
        return {name: item for item in data if (name := _named(item, named_by))}
    return {}


def misses(one: str, text: str) -> bool:
    """Return whether an error says clearly that the parameter for one id is missing or incorrect."""
    return bool(
        re.search(
            rf"\b(missing|incorrect|invalid|wrong|bad|empty|required|unknown|no)( required)?( parameter| field)?"
            rf" {one}( id)?$"
            rf"|\b{one}( id)?( parameter| field)? (is |was )?(required|missing|empty|incorrect|invalid|not found"
            rf"|not set|not provided|not specified)\b",
            faults.words(text),
        )
    )


def concerns_it_alone(error: ProviderError) -> bool:
    """Return whether an error that answered a call about one id is about that id, and not about the whole panel."""
    return faults.concerns(error.text) is faults.Concerns.THE_ORDER


def _one_by_one(asked: Asked, question: Question[T], ids: Sequence[str]) -> dict[str, T | NoNews]:
    told: dict[str, T | NoNews] = dict.fromkeys(ids, NoNews("the provider takes one id a call; this one is for later"))
    for name in ids[:SINGLY]:
        try:
            told[name] = question.read(asked(question.action, {question.one: name}))
        except ProviderError as error:
            if not concerns_it_alone(error):
                return told | {name: NoNews(str(error))}
            told[name] = question.read({"error": error.text})
        except CallFailed as error:
            # What the calls before it brought is kept: asking again would not bring it back.
            return told | {name: NoNews(str(error))}
    return told


def _named(item: object, members: Sequence[str]) -> str | None:
    if not isinstance(item, dict):
        return None
    return next((name for member in members if (name := answers.remote_id(item.get(member)))), None)


LEFT_OUT = NoNews("the answer leaves this order out")
