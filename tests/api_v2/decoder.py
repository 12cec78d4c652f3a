"""A strict reader of JSON, as typed clients are: an integer is no string, true is no 1, and no member is too many."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[Any, str], None]


class OfAnotherShape(AssertionError):
    """The answer is not what its reader was built for."""


def decoded(body: bytes, shape: Shape) -> Any:
    """Return what the JSON says, once every part of it has been found to be of its declared shape."""
    value = json.loads(body, object_pairs_hook=_without_repeats, parse_constant=_no_number)
    shape(value, "the answer")
    return value


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _ in pairs}) != len(pairs):
        raise OfAnotherShape(f"a member comes twice among {[name for name, _ in pairs]}")
    return dict(pairs)


def _no_number(word: str) -> Any:
    raise OfAnotherShape(f"{word} is no JSON")


def _of(kind: type) -> Shape:
    def read(value: Any, at: str) -> None:
        if type(value) is not kind:
            raise OfAnotherShape(f"{at} is {value!r}, not of the type {kind.__name__}")

    return read


INTEGER, TEXT, BOOLEAN, NULL = _of(int), _of(str), _of(bool), _of(type(None))


def matching(pattern: str) -> Shape:
    """Return the shape of a text that the whole pattern matches."""

    def read(value: Any, at: str) -> None:
        TEXT(value, at)
        if not re.fullmatch(pattern, value):
            raise OfAnotherShape(f"{at} is {value!r}, which is not {pattern}")

    return read


def literal(*words: str) -> Shape:
    """Return the shape of a text that is one of these words."""

    def read(value: Any, at: str) -> None:
        TEXT(value, at)
        if value not in words:
            raise OfAnotherShape(f"{at} is {value!r}, none of {words}")

    return read


def either(*shapes: Shape) -> Shape:
    """Return the shape of what has one of these shapes."""

    def read(value: Any, at: str) -> None:
        why = []
        for each in shapes:
            try:
                return each(value, at)
            except OfAnotherShape as error:
                why.append(str(error))
        raise OfAnotherShape("; nor: ".join(why))

    return read


def members(optional: Mapping[str, Shape] | None = None, /, **required: Shape) -> Shape:
    """Return the shape of an object with all of the required members, perhaps optional ones, and no other."""
    known = {**(optional or {}), **required}

    def read(value: Any, at: str) -> None:
        _of(dict)(value, at)
        if not required.keys() <= value.keys() <= known.keys():
            raise OfAnotherShape(f"{at} has the members {sorted(value)}, not {sorted(required)}")
        for name, each in value.items():
            known[name](each, f"{at}.{name}")

    return read


def rows(shape: Shape) -> Shape:
    """Return the shape of a list of these."""

    def read(value: Any, at: str) -> None:
        _of(list)(value, at)
        for number, each in enumerate(value):
            shape(each, f"{at}[{number}]")

    return read


def keyed(shape: Shape) -> Shape:
    """Return the shape of an object with any names, and one of these at each."""

    def read(value: Any, at: str) -> None:
        _of(dict)(value, at)
        for name, each in value.items():
            shape(each, f"{at}[{name!r}]")

    return read
