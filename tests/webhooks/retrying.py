"""When it is tried again: the rule alone."""

from datetime import UTC, datetime, timedelta
from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks import retrying

ENDED = datetime(2027, 1, 15, 8, 0, tzinfo=UTC)
DELAYS = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400]
DAY = 86_400


def wait(tries, asked=None):
    due = retrying.next_try(tries, ENDED, asked)
    return None if due is None else (due - ENDED).total_seconds()


@given(st.integers(1, 9), st.none() | st.floats())
def test_every_wait_is_the_schedules_or_what_was_asked_for_whichever_is_longer(tries, asked):
    wished = min(asked, DAY) if asked is not None and asked > 0 else 0
    delay, waited = DELAYS[tries - 1], wait(tries, asked)
    assert max(delay, wished) - 0.001 <= waited <= max(delay * 1.2, wished) + 0.001


@pytest.mark.parametrize("asked", [None, 7, DAY])
@pytest.mark.parametrize("tries", [10, 11, 1000])
def test_after_the_tenth_there_is_no_other(tries, asked):
    assert wait(tries, asked) is None


def test_without_jitter_the_waits_are_the_schedule_itself(settings):
    settings.WEBHOOK_JITTER = 0
    assert [wait(tries) for tries in range(1, 10)] == DELAYS


def test_what_failed_together_is_not_repeated_together():
    assert len({wait(3) for _ in range(20)}) > 1


@pytest.mark.parametrize(
    ("asked", "taken_for"), [(None, 0), (0, 0), (-5, 0), (nan, 0), (-inf, 0), (7.5, 7.5), (DAY + 1, DAY), (inf, DAY)]
)
def test_what_is_asked_for_is_kept_within_a_day(asked, taken_for):
    assert retrying.asked_for(asked) == taken_for


@pytest.mark.parametrize(
    ("status", "asked", "rests"),
    [(429, None, 5), (502, 3, 5), (503, 60, 60), (504, 10**9, DAY), (500, 60, None), (404, None, None), (302, 9, None)],
)
def test_who_says_slow_down_rests(status, asked, rests):
    until = retrying.rest(status, ENDED, asked)
    assert until == (None if rests is None else ENDED + timedelta(seconds=rests))
