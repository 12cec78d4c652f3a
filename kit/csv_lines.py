"""Rows as a CSV that streams: read well by spreadsheets, and harmless in them.

RFC 4180: commas, CRLF, quotes where they are needed. UTF-8 with a byte order mark, without which Excel takes it for the
local eight-bit set and shows every é as two letters; who reads it by a program says `utf-8-sig`.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import chain

from kit.money import wire

TYPE = "text/csv; charset=utf-8"
BOM = "\ufeff"
PIECE = 32 * 1024  # characters that are sent at once
# What a spreadsheet takes for the beginning of a formula, or passes over to find one; the last four are the wide forms
# of East Asian ones. Source: OWASP, "CSV Injection".
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")

Cell = str | int | Decimal | datetime | None


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """Yield the header and the rows as pieces of a file, each as it is full; no more than one is held.

    Text that a spreadsheet would take for a formula gets an apostrophe before it. Numbers stay numbers, amounts as the
    API writes them, moments are in UTC, and None is an empty cell.
    """
    piece = io.StringIO()
    piece.write(BOM)
    line = csv.writer(piece)
    for row in chain([header], rows):
        line.writerow([_cell(each) for each in row])
        if piece.tell() >= PIECE:
            yield _taken(piece)
    if piece.tell():
        yield _taken(piece)


def _taken(piece: io.StringIO) -> bytes:
    text = piece.getvalue()
    piece.seek(0)
    piece.truncate()
    return text.encode()


def _cell(value: Cell) -> str:
    match value:
        case None:
            return ""
        case Decimal():
            return wire(value)
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
        case int():
            return str(value)
        case _:
            return f"'{value}" if value.startswith(FORMULA) else value
