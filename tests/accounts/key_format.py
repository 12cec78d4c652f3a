"""What a key looks like, and what a typo in one does."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts import keys


def test_a_key_is_a_prefix_32_random_bytes_in_base_62_and_a_checksum():
    key = keys.new_key()
    assert re.fullmatch(r"np_live_[0-9A-Za-z]{49}", key)
    assert keys.is_well_formed(key)
    assert keys.digest(key) == hashlib.sha256(key.encode()).digest()
    assert keys.display_prefix(key) == key[:12]


def test_no_two_keys_are_the_same():
    assert len({keys.new_key() for _ in range(1000)}) == 1000


@given(st.integers(8, 56), st.sampled_from(keys.DIGITS))
def test_one_mistyped_letter_is_noticed(position, letter):
    key = keys.new_key()
    mistyped = key[:position] + letter + key[position + 1 :]
    assert keys.is_well_formed(mistyped) is (mistyped == key)


@given(st.integers(8, 55))
def test_two_letters_in_the_wrong_order_are_noticed(position):
    key = keys.new_key()
    swapped = key[:position] + key[position + 1] + key[position] + key[position + 2 :]
    assert keys.is_well_formed(swapped) is (swapped == key)


@given(st.text())
def test_no_other_text_is_a_key(text):
    assert keys.is_well_formed(text) is False


@pytest.mark.parametrize(
    "change",
    [
        lambda key: key[:-1],
        lambda key: key + "0",
        lambda key: key.swapcase(),
        lambda key: f" {key}",
        lambda key: key.replace("np_live_", "np_test_"),
        lambda key: key + "\n",
    ],
)
def test_a_key_that_was_changed_is_none(change):
    assert keys.is_well_formed(change(keys.new_key())) is False


def test_digits_of_another_alphabet_are_no_key():
    key = keys.new_key()
    assert keys.is_well_formed(key[:-1] + "٣") is False
