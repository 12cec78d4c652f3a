"""Codes cannot be guessed: after thirty wrong ones within an hour none is looked at, wherever they are tried."""

from functools import partial

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from dashboard.people.second_factor import MOST_AN_HOUR, TooManyCodes, opened_by
from tests.conftest import Time
from tests.dashboard.people.conftest import code, is_logged_in, log_in, text, turn_on_totp
from tests.racing import at_once

pytestmark = pytest.mark.django_db
SECOND = "/accounts/2fa/authenticate/"
TOO_MANY = "There were too many wrong codes. Try again in an hour."


@pytest.fixture
def secret(alice, time: Time) -> str:
    time.at -= time.at % 3600
    return turn_on_totp(alice)


def guess(user, tries):
    for _ in range(tries):
        assert opened_by(user, "000000") is None


def test_after_thirty_wrong_codes_a_right_one_opens_nothing_till_the_next_hour(alice, secret, time, settings):
    settings.RATE_LIMIT_LOGIN = None
    guess(alice, MOST_AN_HOUR)
    browser = Client()
    log_in(browser, alice.email)
    recovery = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for right in (code(secret), recovery):
        assert TOO_MANY in text(browser.post(SECOND, {"code": right}))
    assert not is_logged_in(browser)
    time.move(seconds=3599)
    with pytest.raises(TooManyCodes):
        opened_by(alice, recovery)
    time.move(seconds=1)
    assert opened_by(alice, recovery)
    assert opened_by(alice, code(secret))


def test_a_right_code_begins_the_count_anew(alice, secret):
    guess(alice, MOST_AN_HOUR - 1)
    assert opened_by(alice, code(secret))
    guess(alice, MOST_AN_HOUR)
    with pytest.raises(TooManyCodes):
        opened_by(alice, "000000")


def test_the_count_leaves_the_rest_of_its_row_alone(alice, secret, time):
    first, second = Authenticator.objects.order_by("id").values_list("data", flat=True)
    guess(alice, 2)
    counted = first | {"hour": int(time.at) // 3600, "tries": 2}
    assert list(Authenticator.objects.order_by("id").values_list("data", flat=True)) == [counted, second]
    assert opened_by(alice, code(secret))
    then = Authenticator.objects.order_by("id").values_list("data", flat=True)[0]
    assert {"hour", "tries"} & set(then) == set()


def test_who_has_no_codes_is_told_nothing_of_them(alice):
    assert opened_by(alice, "000000") is None


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_counted_each(alice, secret):
    guess(alice, MOST_AN_HOUR - 5)
    answers = at_once(*[partial(opened_by, alice, "000000")] * 12)
    assert sum(each is None for each in answers) == 5
    assert sum(isinstance(each, TooManyCodes) for each in answers) == 7
