"""Every address there is for people, with what stands in it: pages that are added are walked without being named."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

NOT_FOR_PEOPLE = ("admin/", "healthz", "readyz")


@dataclass(frozen=True)
class Address:
    """One address: its name in the URLs, how it is written, and the parameters it has."""

    name: str
    route: str
    parameters: tuple[str, ...]

    def of(self, things: Mapping[str, str]) -> str:
        """Return the address of these things.

        :raises KeyError: for a parameter that nobody has told us a thing for: add it to the test's world.
        """
        path = self.route
        for name in self.parameters:
            before, _, rest = path.partition("<")
            path = before + things[name] + rest.partition(">")[2]
        return "/" + path


def addresses() -> list[Address]:
    """Return every address but the operator's and the probes'."""
    return [each for each in _found(get_resolver().url_patterns, "") if not each.route.startswith(NOT_FOR_PEOPLE)]


def _found(patterns: list[Any], before: str) -> Iterator[Address]:
    for each in patterns:
        route = before + _written(each)
        if isinstance(each, URLResolver):
            yield from _found(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield Address(each.name or "", route, tuple(_parameters(route)))


def _written(pattern: URLPattern | URLResolver) -> str:
    """Return the pattern as an address with <parameters>, whether it is a path or an expression."""
    text = str(pattern.pattern).removeprefix("^").removesuffix("$").replace("\\-", "-").replace("\\Z", "")
    while "(?P<" in text:
        before, _, rest = text.partition("(?P<")
        name, _, rest = rest.partition(">")
        depth, end = 1, 0
        for end, letter in enumerate(rest):  # noqa: B007 -- the last one counts
            depth += {"(": 1, ")": -1}.get(letter, 0)
            if depth == 0:
                break
        text = f"{before}<{name}>{rest[end + 1 :]}"
    return text


def _parameters(route: str) -> Iterator[str]:
    while "<" in route:
        inside, _, route = route.partition("<")[2].partition(">")
        yield inside.rpartition(":")[2]
