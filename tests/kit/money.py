"""Dollars: read exactly, rounded half up, and written as the protocol writes them."""

import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.money import LIMIT, NotMoney, parsed, rounded, wire

amounts = st.decimals(min_value=-LIMIT + 1, max_value=LIMIT - 1, places=8)
longer = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("47.32", "47.32"),
        ("0", "0.00"),
        ("0.5", "0.50"),
        ("0.00012345", "0.00012345"),
        ("0.00000001", "0.00000001"),
        ("100", "100.00"),
        ("1E+2", "100.00"),
        ("1E-8", "0.00000001"),
        ("1.10000000", "1.10"),
        ("1.12300000", "1.123"),
        ("-0.5", "-0.50"),
        ("999999999999.99999999", "999999999999.99999999"),
    ],
)
def test_an_amount_is_written_with_two_to_eight_decimals(amount, text):
    assert wire(Decimal(amount)) == text


@given(amounts)
def test_what_is_written_is_exact_and_of_the_protocols_form(amount):
    text = wire(amount)
    assert Decimal(text) == amount
    assert re.fullmatch(r"-?[0-9]+\.[0-9]{2}([0-9]{0,5}[1-9])?", text)
    assert parsed(text) == amount


@given(longer)
def test_rounding_is_half_up_to_the_eighth_decimal(amount):
    result = rounded(amount)
    exact = Fraction(amount) * 10**8
    away = int(abs(exact) + Fraction(1, 2))
    assert Fraction(result) * 10**8 == (away if amount > 0 else -away)


@pytest.mark.parametrize(
    ("amount", "result"),
    [
        ("0.000000005", "0.00000001"),
        ("0.0000000049999", "0"),
        ("0.000000015", "0.00000002"),
        ("0.000000025", "0.00000003"),
        ("-0.000000005", "-0.00000001"),
        ("1.234567885", "1.23456789"),
    ],
)
def test_halves_go_up_and_not_to_the_even_neighbour(amount, result):
    assert rounded(Decimal(amount)) == Decimal(result)


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12.50", "12.5"),
        ("12", "12"),
        (" 7.00000001\n", "7.00000001"),
        ("-3", "-3"),
        ("0", "0"),
        ("007", "7"),
        ("1.000000000000", "1"),
        ("999999999999.99999999", "999999999999.99999999"),
    ],
)
def test_an_amount_is_read_exactly(text, amount):
    assert parsed(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "ten",
        "1e3",
        "1E3",
        "NaN",
        "Infinity",
        "-Infinity",
        "1,000",
        "1.",
        ".5",
        "+5",
        "--5",
        "0x10",
        "1_000",
        "1 0",
        "١٢",
        "12.5 USD",
        "$5",
        "1.2.3",
        "9" * 401,
        "1." + "0" * 401,
        "1\0",
        "٣",
    ],
)
def test_what_is_no_plain_number_is_refused(text):
    with pytest.raises(NotMoney) as refusal:
        parsed(text)
    assert str(refusal.value) == f"{text!r} is not an amount: write it like 12.50"


@pytest.mark.parametrize("text", ["1000000000000", "-1000000000000", "9" * 400, "1000000000000.00000001"])
def test_more_than_the_books_hold_is_refused(text):
    with pytest.raises(NotMoney) as refusal:
        parsed(text)
    assert str(refusal.value) == f"{text!r} is not an amount below 1,000,000,000,000"


@pytest.mark.parametrize("text", ["0.000000001", "1.123456789", "0." + "0" * 399 + "1", "5." + "0" * 30 + "1"])
def test_a_ninth_decimal_is_refused(text):
    with pytest.raises(NotMoney) as refusal:
        parsed(text)
    assert str(refusal.value) == f"{text!r} has more than eight decimals"


@given(st.text())
def test_any_text_is_an_amount_or_refused(text):
    try:
        amount = parsed(text)
    except NotMoney:
        return
    assert abs(amount) < LIMIT
    assert amount == rounded(amount)
