"""A contested change: one statement, one winner, and the loser's error."""

from functools import partial

import pytest
from django.db import connection

from accounts.models import User
from kit.transitions import change_if, change_one
from tests.racing import at_once

pytestmark = pytest.mark.django_db(transaction=True)
CLAIM = """
UPDATE accounts_user SET suspended_at = now(), suspended_reason = %(by)s
WHERE id = %(id)s AND suspended_at IS NULL RETURNING suspended_reason
"""


class TooLate(Exception):
    """Another was first."""


def claim(account_id, by):
    return change_one(CLAIM, {"id": account_id, "by": by}, TooLate(by))


def test_the_row_as_it_is_after_the_change_is_returned(alice):
    assert claim(alice.id, "one") == ("one",)
    assert User.objects.get(pk=alice.id).suspended_reason == "one"


def test_where_no_row_meets_the_condition_the_callers_error_is_raised_and_nothing_changed(alice, bob):
    claim(alice.id, "one")
    with pytest.raises(TooLate) as refusal:
        claim(alice.id, "two")
    assert str(refusal.value) == "two"
    assert User.objects.get(pk=alice.id).suspended_reason == "one"
    assert User.objects.get(pk=bob.id).suspended_reason == ""


def test_where_losing_is_ordinary_none_is_returned(alice):
    assert change_if(CLAIM, {"id": alice.id, "by": "one"}) == ("one",)
    assert change_if(CLAIM, {"id": alice.id, "by": "two"}) is None


def test_of_ten_that_want_the_same_row_one_has_it(alice):
    results = at_once(*[partial(claim, alice.id, str(number)) for number in range(10)])
    (winner,) = [each for each in results if isinstance(each, tuple)]
    assert [type(each) for each in results if each is not winner] == [TooLate] * 9
    assert winner == (User.objects.get(pk=alice.id).suspended_reason,)


def test_a_winner_that_is_rolled_back_has_won_nothing(alice):
    connection.set_autocommit(False)
    try:
        claim(alice.id, "one")
        connection.rollback()
    finally:
        connection.set_autocommit(True)
    assert claim(alice.id, "two") == ("two",)
