"""Public ids: shown and read back without loss, later ones after earlier ones."""

import re
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit import clock, ids


@given(st.uuids())
def test_what_is_shown_is_read_back(public_id):
    text = ids.shown("ord", public_id)
    assert re.fullmatch(r"ord_[0-7][0-9A-HJKMNP-TV-Z]{25}", text)
    assert ids.parsed("ord", text) == public_id
    assert ids.parsed("ord", f"ord_{text[4:].lower()}") == public_id
    assert ids.parsed("ref", text) is None


@given(st.uuids(), st.uuids())
def test_texts_sort_as_the_ids_do(one, other):
    assert (ids.shown("ord", one) < ids.shown("ord", other)) is (one < other)


@given(st.text())
def test_any_text_is_read_or_refused_and_never_raises(text):
    assert ids.parsed("ord", text) is None
    assert ids.parsed("ord", f"ord_{text}") is None or len(text) == 26


def test_a_known_ulid_is_the_number_the_specification_gives_it():
    """The example of https://github.com/ulid/spec, whose first ten letters are the milliseconds 1469922850259."""
    public_id = ids.parsed("ord", "ord_01ARZ3NDEKTSV4RRFFQ69G5FAV")
    assert public_id is not None
    assert public_id.int >> 80 == 1469922850259


def test_an_id_tells_when_it_was_made_by_the_millisecond(time):
    time.at = 1_800_000_000.2509
    assert ids.made_at(ids.new_id()) == datetime(2027, 1, 15, 8, 0, 0, 250_000, UTC)


def test_the_first_and_the_last_id_have_their_texts():
    assert ids.shown("ord", UUID(int=0)) == "ord_" + "0" * 26
    assert ids.shown("ord", UUID(int=2**128 - 1)) == "ord_7" + "Z" * 25


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ord_",
        "ord",
        "ord_" + "0" * 25,
        "ord_" + "0" * 27,
        "ord_8" + "0" * 25,
        "ord_" + "Z" * 26,
        "ORD_" + "0" * 26,
        "ord__" + "0" * 25,
        "ord_" + "0" * 25 + "U",
        "ord_" + "0" * 25 + "I",
        "ord_" + "0" * 25 + "L",
        "ord_" + "0" * 25 + "O",
        "ord_" + "0" * 25 + "-",
        "ord_" + "0" * 25 + " ",
        " ord_" + "0" * 26,
        "ord_" + "0" * 25 + "٣",
        "ord_" + "0" * 25 + "\0",
        "0" * 26,
        "ord_" + "0" * 25 + "ß",
        "ord_" + "0" * 25 + "\N{LATIN SMALL LETTER LONG S}",
    ],
)
def test_what_is_no_id_is_none(text):
    assert ids.parsed("ord", text) is None


def test_later_ids_sort_after_earlier_ones(monkeypatch):
    made = []
    for milliseconds in (0, 1, 1_700_000_000_000, 1_700_000_000_001, 2**48 - 1):
        monkeypatch.setattr(clock, "milliseconds", lambda now=milliseconds: now)
        made.append(ids.new_id())
    assert made == sorted(made)
    assert [each.int >> 80 for each in made] == [0, 1, 1_700_000_000_000, 1_700_000_000_001, 2**48 - 1]


def test_ids_of_one_millisecond_differ(monkeypatch):
    monkeypatch.setattr(clock, "milliseconds", lambda: 1_700_000_000_000)
    assert len({ids.new_id() for _ in range(1000)}) == 1000
