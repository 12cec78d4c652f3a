"""What a refusal is: how an error is answered in each dialect, and what the documentation says of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

LONGEST_ECHO = 64  # of what was sent and is shown back: no event has a longer name


def readable(sent: str) -> str:
    """Return the beginning of what was sent, without what moves a terminal's cursor or turns the text around."""
    return "".join(letter for letter in sent if letter.isprintable())[:LONGEST_ECHO]


class About(StrEnum):
    """What a refusal is about."""

    TRANSPORT = "transport"  # the request itself, whatever its action
    ANY_ACTION = "any action"
    AN_ACTION = "an action"  # what it is asked to do


Text = str | Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """How an error is answered in each dialect: `error`'s value, or how to make it of the exception, and the status.

    The classic dialect answers errors with 200; what HTTP itself is asked to tell keeps its status there too.
    For the documentation: `cause` in plain words; `filled_in` stands for what the text takes from the exception, and
    `apart` is what is filled in where the classic dialect has another text; `only_standard`: classic never answers it.
    """

    standard: Text
    classic: Text
    status: int = 400
    classic_status: int = 200
    cause: str = field(kw_only=True)
    about: About = field(default=About.AN_ACTION, kw_only=True)
    filled_in: str = field(default="", kw_only=True)
    apart: str = field(default="", kw_only=True)
    only_standard: bool = field(default=False, kw_only=True)

    @classmethod
    def alike(cls, text: Text, status: int = 400, classic_status: int = 200, **said: Any) -> "Refusal":
        """Return a refusal that both dialects word alike."""
        return cls(text, text, status, classic_status, **said)

    def answer(self, dialect: str, error: Exception) -> tuple[int, str]:
        """Return the HTTP status and the value of `error` for this exception."""
        text = self.classic if dialect == "classic" else self.standard
        status = self.classic_status if dialect == "classic" else self.status
        return status, text if isinstance(text, str) else text(error)
