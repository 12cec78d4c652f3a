"""Parts of long lists: a numbered page of a short one, and a slice between two keys of one that never ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """The rows of one page; `page` counts from 1 to `pages`, which is at least 1; `total` rows are in all of them."""

    rows: list[Row]
    page: int
    pages: int
    total: int


def numbered(page: int, *, total: int, per_page: int) -> tuple[int, int]:
    """Return the page that there is (the nearest to the one asked for) and how many there are."""
    pages = max(1, -(-total // per_page))
    return min(max(page, 1), pages), pages


@dataclass(frozen=True, slots=True)
class Slice(Generic[Row]):
    """Rows, the newest first, and the keys of its neighbours.

    `older` is what to ask for as `before`, `newer` as `after`; None where there is nothing.
    """

    rows: list[Row]
    newer: int | None
    older: int | None


def downwards(found: Sequence[Row], *, key: Callable[[Row], int], per_page: int, from_the_newest: bool) -> Slice[Row]:
    """Return the slice of rows that were read from the newest, or from a key, to older ones.

    :param found: as they were read; of more rows than fit, `older` is the key from which the next slice is read.
    """
    rows = list(found[:per_page])
    newer = key(rows[0]) if rows and not from_the_newest else None
    return Slice(rows, newer=newer, older=key(rows[-1]) if len(found) > per_page else None)


def upwards(found: Sequence[Row], *, key: Callable[[Row], int], per_page: int) -> Slice[Row]:
    """Return the slice of rows, at least one, that were read from a key to newer ones."""
    rows = list(found[:per_page])[::-1]
    return Slice(rows, newer=key(rows[0]) if len(found) > per_page else None, older=key(rows[-1]))
