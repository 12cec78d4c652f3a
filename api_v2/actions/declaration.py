"""What an action declares of itself."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from api_v2.verdict import Caller
from orders.parameters import InvalidParameter, MissingParameter


class Kind(StrEnum):
    """What a parameter's text is, in a word."""

    TEXT = "text"
    NUMBER = "whole number"
    URL = "URL"
    LINES = "lines"
    DAY = "day"
    ID = "id"
    LIST = "list, with commas"


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter beside `key` and `action`: its name, what it is, an example, and whether it must be there.

    `optional_in` names a dialect in which it may be left out all the same; `or_else` another, where this or
    that one must be there; `taken_by` the types of service that take it, where not every call does.
    """

    name: str
    description: str
    example: str = ""
    required: bool = False
    optional_in: str = ""
    or_else: str = ""
    kind: Kind = Kind.TEXT
    taken_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A call and what comes of it, which each dialect writes in its way.

    `title` says what is special about it, of `add` the service's type. `classic` is what comes of it for a key of the
    classic dialect, where that is something else.
    """

    sent: dict[str, str]
    result: Any
    title: str = ""
    classic: Any = None

    def result_in(self, dialect: str) -> Any:
        """Return what comes of it for a key of the dialect."""
        return self.classic if dialect == "classic" and self.classic is not None else self.result


class Action(ABC):
    """One action of the protocol.

    `run` takes plain values and returns a plain result, which a dialect renders; it never sees a request.
    """

    name: ClassVar[str]
    summary: ClassVar[str]
    parameters: ClassVar[tuple[Parameter, ...]] = ()
    errors: ClassVar[tuple[type[Exception], ...]] = ()
    examples: ClassVar[tuple[Example, ...]] = ()
    writes: ClassVar[bool] = False
    free: ClassVar[bool] = False  # spends none of the rate limits
    tagged: ClassVar[bool] = False  # carries an ETag, and answers 304 to whoever sends it back
    words: ClassVar[Mapping[str, tuple[str, ...]]] = {}  # members of the standard answer that hold one of these

    def read(self, params: Mapping[str, str], dialect: str) -> dict[str, str]:
        """Return the parameters this action knows, sent by a key of the dialect.

        :raises MissingParameter: where a required one is absent.
        :raises InvalidParameter: where one is no text: broken UTF-8, or a NUL byte.
        """
        known = {each.name: params[each.name] for each in self.parameters if each.name in params}
        for each in self.parameters:
            if each.required and each.name not in known and each.optional_in != dialect:
                raise MissingParameter(each.name)
        for name, value in known.items():
            if not is_text(value):
                raise InvalidParameter(name)
        return known

    @abstractmethod
    def run(self, caller: Caller, params: Mapping[str, str]) -> Any:
        """Return the action's result for this caller.

        :raises Exception: one of `errors`.
        """


def is_text(value: str) -> bool:
    """Return whether the value can be kept and sent on: no NUL, no bytes that were no UTF-8."""
    return not any(letter in "\0\ufffd" or "\ud800" <= letter <= "\udfff" for letter in value)
