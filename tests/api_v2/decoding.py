"""The strict reader of answers (decoder.py) refuses what typed clients would silently read as nothing."""

import pytest

from tests.api_v2.decoder import (
    BOOLEAN,
    INTEGER,
    NULL,
    TEXT,
    OfAnotherShape,
    decoded,
    either,
    keyed,
    literal,
    matching,
    members,
    rows,
)

ROW = members({"more": INTEGER}, id=INTEGER, name=TEXT)


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ("1", INTEGER),
        ("true", BOOLEAN),
        ('"1"', TEXT),
        ("null", NULL),
        ('"ab"', matching("a.")),
        ('"a"', literal("a", "b")),
        ('{"id": 1, "name": "a"}', ROW),
        ('{"id": 1, "name": "a", "more": 2}', ROW),
        ('[{"id": 1, "name": "a"}]', rows(ROW)),
        ("[]", rows(ROW)),
        ('{"7": 1, "x": null}', keyed(either(INTEGER, NULL))),
    ],
)
def test_what_is_of_the_shape_is_returned(body, shape):
    assert decoded(body.encode(), shape) == decoded(body.encode(), lambda value, at: None)


@pytest.mark.parametrize(
    ("body", "shape"),
    [
        ('"1"', INTEGER),
        ("1.0", INTEGER),
        ("true", INTEGER),
        ("null", INTEGER),
        ("1", BOOLEAN),
        ("0", BOOLEAN),
        ('"true"', BOOLEAN),
        ("1", TEXT),
        ("null", TEXT),
        ('"null"', NULL),
        ('""', NULL),
        ('"abc"', matching("ab")),
        ("1", matching("1")),
        ('"A"', literal("a")),
        ('{"id": 1}', ROW),
        ('{"id": "1", "name": "a"}', ROW),
        ('{"id": 1, "name": null}', ROW),
        ('{"id": 1, "name": "a", "extra": 1}', ROW),
        ('{"id": 1, "name": "a", "more": "2"}', ROW),
        ('{"id": 1, "id": 1, "name": "a"}', ROW),
        ('[{"id": 1, "name": "a"}, 1]', rows(ROW)),
        ('{"id": 1, "name": "a"}', rows(ROW)),
        ("[]", keyed(ROW)),
        ('{"7": "1"}', keyed(either(INTEGER, NULL))),
        ("NaN", either(INTEGER, TEXT)),
    ],
)
def test_what_is_of_another_shape_is_refused(body, shape):
    with pytest.raises(OfAnotherShape):
        decoded(body.encode(), shape)
