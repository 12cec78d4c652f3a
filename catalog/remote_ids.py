"""How an operator writes a choice of a provider's ids: `1,2,5-9`."""

import re
from collections.abc import Container
from dataclasses import dataclass

RANGE = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


class NotIds(ValueError):
    """The text is no choice of ids."""


@dataclass(frozen=True, slots=True)
class RemoteIds(Container[str]):
    """A choice of ids: single ones, and ranges of numbers."""

    single: frozenset[str]
    ranges: tuple[tuple[int, int], ...]

    def __contains__(self, remote_id: object) -> bool:
        """Return whether the id is chosen."""
        if remote_id in self.single:
            return True
        text = str(remote_id)
        return text.isascii() and text.isdigit() and any(first <= int(text[:20]) <= last for first, last in self.ranges)


def parsed(text: str) -> RemoteIds:
    """Return the choice that the text makes.

    :raises NotIds: where it makes none.
    """
    single, ranges = set(), []
    for part in filter(None, (each.strip() for each in text.split(","))):
        between = RANGE.fullmatch(part)
        if between is None:
            single.add(part)
        elif int(between[1]) <= int(between[2]):
            ranges.append((int(between[1]), int(between[2])))
        else:
            raise NotIds(f"{part!r} ends before it begins: write ids like 1,2,5-9")
    if not single and not ranges:
        raise NotIds("No ids were given: write them like 1,2,5-9")
    return RemoteIds(frozenset(single), tuple(ranges))
