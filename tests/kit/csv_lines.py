"""CSV: read back by Python's own reader as it was written, harmless in a spreadsheet, and never held as a whole."""

import csv
import io
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from kit.csv_lines import PIECE, csv_lines


def written(*rows, header=("a", "b")):
    return b"".join(csv_lines(header, rows))


def read(data):
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_a_file_is_utf_8_with_a_mark_and_lines_that_end_as_the_rfc_says():
    assert written(("é", "ğ")) == b"\xef\xbb\xbfa,b\r\n" + "é,ğ\r\n".encode()
    assert written() == b"\xef\xbb\xbfa,b\r\n"


def test_quotes_commas_and_line_ends_are_quoted():
    assert written(('say "no"', "x,y"), ("one\r\ntwo", "")) == (
        b'\xef\xbb\xbfa,b\r\n"say ""no""","x,y"\r\n"one\r\ntwo",\r\n'
    )


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+905551112233",
        "-2",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        '=HYPERLINK("https://evil.example")',
        "\uff1d1",
    ],
)
def test_text_that_a_spreadsheet_would_calculate_gets_an_apostrophe(text):
    assert read(written((text, "x")))[1] == [f"'{text}", "x"]


@pytest.mark.parametrize("text", ["", "likes", "1=1", " =1", "'=1", "https://example.com/?a=1&b=-1", "a@b.example"])
def test_other_text_is_as_it_was(text):
    assert read(written((text, "x")))[1] == [text, "x"]


def test_numbers_moments_and_nothing_are_written_plainly():
    east = datetime(2026, 3, 1, 1, 30, 5, 999999, tzinfo=timezone(timedelta(hours=3)))
    assert read(written((-5, 10**18), (Decimal("-0.50"), Decimal("1234567.00000001")), (east, None)))[1:] == [
        ["-5", "1000000000000000000"],
        ["-0.50", "1234567.00000001"],
        ["2026-02-28 22:30:05", ""],
    ]


@given(some.lists(some.tuples(some.text(some.characters(exclude_categories=["Cs"])), some.integers())))
def test_what_is_read_back_is_what_was_written_but_for_the_apostrophes(rows):
    back = [(text, int(number)) for text, number in read(b"".join(csv_lines(["a", "b"], rows)))[1:]]
    assert [number for _, number in back] == [number for _, number in rows]
    for (text, _), (meant, _) in zip(back, rows, strict=True):
        assert text in {meant, f"'{meant}"}
        assert not text.startswith(("=", "+", "-", "@", "\t", "\r"))


def test_it_is_sent_by_pieces_as_the_rows_come():
    taken = []

    def rows():
        for number in range(100_000):
            taken.append(number)
            yield number, "x" * 10

    pieces = csv_lines(["a", "b"], rows())
    first = next(pieces)
    assert PIECE <= len(first) < 2 * PIECE
    assert len(taken) < PIECE / 10
    assert sum(piece.count(b"\r\n") for piece in pieces) + first.count(b"\r\n") == 100_001


def test_a_moment_in_utc_is_as_it_is():
    assert read(written((datetime(2026, 3, 1, tzinfo=UTC), "x")))[1][0] == "2026-03-01 00:00:00"
