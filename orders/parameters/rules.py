"""What one parameter may be: each rule takes its name and its text, and returns the text as it is kept and sent on."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from urllib.parse import urlsplit

from kit import clock
from orders.parameters.refusals import InvalidParameter, MissingParameter

Rule = Callable[[str, str], str]

LONGEST_TEXT = 1000  # characters, of a link too
LONGEST_LINES = 100_000  # bytes of UTF-8, over all of an order's lines
WHOLE_NUMBER = re.compile(r"(-?)0*([0-9]+)")
ENOUGH_DIGITS = 21  # beyond every bound there is
DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})")
# Control characters, and what is left of bytes that were no UTF-8. Joiners may stay: emoji are made of them.
NO_TEXT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")


def required(params: Mapping[str, str], name: str) -> str:
    """Return the parameter's text.

    :raises MissingParameter: where it is absent or empty.
    """
    value = params.get(name, "")
    if not value:
        raise MissingParameter(name)
    return value


def whole_number(params: Mapping[str, str], name: str) -> int:
    """Return a parameter that has to be a whole number; of one with more than 21 digits, the first 21.

    :raises MissingParameter: where it is absent.
    :raises InvalidParameter: where it is anything else.
    """
    return _integer(name, required(params, name))


def _integer(name: str, value: str) -> int:
    number = WHOLE_NUMBER.fullmatch(value)
    if number is None:
        raise InvalidParameter(name)
    sign, digits = number.groups()
    # A longer one is as far out of every bound without its end, and Python reads no more than 4300 digits.
    return int(sign + digits[:ENOUGH_DIGITS])


def any_number(name: str, value: str) -> str:
    """Return a whole number in plain digits.

    :raises InvalidParameter: where it is none.
    """
    return str(_integer(name, value))


def number(lowest: int, highest: int) -> Rule:
    """Return the rule for a whole number between two others."""

    def rule(name: str, value: str) -> str:
        if not lowest <= (meant := _integer(name, value)) <= highest:
            raise InvalidParameter(name)
        return str(meant)

    return rule


def one_of(allowed: frozenset[int]) -> Rule:
    """Return the rule for one of these numbers."""

    def rule(name: str, value: str) -> str:
        if (meant := _integer(name, value)) not in allowed:
            raise InvalidParameter(name)
        return str(meant)

    return rule


def text(name: str, value: str) -> str:
    """Return one line of text, trimmed.

    :raises InvalidParameter: where it has a line end or another control character, or over 1000 characters.
    """
    trimmed = value.strip()
    if len(trimmed) > LONGEST_TEXT or NO_TEXT.search(trimmed):
        raise InvalidParameter(name)
    return trimmed


def lines(name: str, value: str) -> str:
    """Return the lines that are not empty, each trimmed, with one LF between them.

    :raises InvalidParameter: where they have control characters, or over 100,000 bytes.
    """
    kept = [line for each in value.replace("\r\n", "\n").split("\n") if (line := each.strip())]
    if sum(map(len, kept)) > LONGEST_LINES or any(map(NO_TEXT.search, kept)):
        raise InvalidParameter(name)
    return "\n".join(kept)


def link(name: str, value: str) -> str:
    """Return an http(s) URL of up to 1000 characters.

    :raises InvalidParameter: where it is none.
    """
    if len(value) > LONGEST_TEXT or any(letter.isspace() or not letter.isprintable() for letter in value):
        raise InvalidParameter(name)
    try:
        parts = urlsplit(value)
        has_host = bool(parts.hostname)
    except ValueError:
        raise InvalidParameter(name) from None
    if parts.scheme not in {"http", "https"} or not has_host or NO_TEXT.search(value):
        raise InvalidParameter(name)
    return value


def future_day(name: str, value: str) -> str:
    """Return a day written d/m/Y, with two digits for day and month.

    :raises InvalidParameter: where there is no such day, or it is over (in UTC).
    """
    match = DAY.fullmatch(value)
    try:
        day = date(int(match[3]), int(match[2]), int(match[1])) if match else None
    except ValueError:
        day = None
    if day is None or day < clock.now().date():
        raise InvalidParameter(name)
    return f"{day.day:02}/{day.month:02}/{day.year:04}"
