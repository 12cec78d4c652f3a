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


def sliced(
    found: Sequence[Row], *, key: Callable[[Row], int], before: int | None, after: int | None, per_page: int
) -> Slice[Row]:
    """Return the slice that these rows make, of which one more than fits on it was asked for.

    :param found: the newest first; after a key, the nearest to it first.
    :param key: of a row, what `before` and `after` are.
    """
    rows, more = list(found[:per_page]), len(found) > per_page
    if after is not None:
        rows.reverse()
    newest, oldest = (key(rows[0]), key(rows[-1])) if rows else (None, None)
    if after is not None:
        return Slice(rows, newer=newest if more else None, older=oldest)
    return Slice(rows, newer=None if before is None else newest, older=oldest if more else None)
