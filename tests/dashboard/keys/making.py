"""A key is made by whoever has the password, and its value is shown once."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.test import Client

from accounts.models import KEYS_PER_ACCOUNT, ApiKey
from accounts.operations import issue_key
from kit import clock, ids
from tests.conftest import Person, Post
from tests.dashboard.keys.conftest import SETTINGS, VALUE, proved, state, value_in
from tests.racing import at_once

pytestmark = pytest.mark.django_db
NEW = "/dashboard/api/new"


@pytest.mark.django_db(transaction=True)
def test_a_new_key_opens_the_api_and_is_shown_this_once(alices: Client, post: Post) -> None:
    answer = alices.post(NEW, proved(**SETTINGS))
    value = value_in(answer)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert post(key=value, action="balance").json == {"balance": "100.00", "currency": "USD"}
    assert not VALUE.search(alices.get("/dashboard/api").content.decode())
    assert ApiKey.objects.latest("pk").name == "shop"


def test_it_has_what_was_asked_for(alices: Client) -> None:
    last = clock.now().date() + timedelta(days=3)
    asked = {
        "dialect": "classic",
        "read_only": "on",
        "allowed_ips": "203.0.113.7\n2001:db8::/64",
        "requests_per_minute": "7",
        "expires_on": last.isoformat(),
    }
    alices.post(NEW, proved(**SETTINGS | asked))
    key = ApiKey.objects.latest("pk")
    assert (key.dialect, key.read_only, key.requests_per_minute) == ("classic", True, 7)
    assert key.allowed_ips == ["203.0.113.7/32", "2001:db8::/64"]
    assert key.expires_at == datetime.combine(last, datetime.min.time(), UTC) + timedelta(days=1)


@pytest.mark.parametrize(
    ("password", "says", "status"),
    [("", "This field is required.", 200), ("wrong", "This is not your password.", 403)],
)
def test_refuses_without_the_password(alices: Client, password: str, says: str, status: int) -> None:
    before = state()
    answer = alices.post(NEW, SETTINGS | {"proof-password": password})
    assert answer.status_code == status
    assert says in answer.content.decode()
    assert state() == before


@pytest.mark.parametrize(
    ("field", "written", "says"),
    [
        ("allowed_ips", "nowhere", "is no address or network"),
        ("allowed_ips", "10.0.0.1/8", "is no address or network"),
        ("allowed_ips", "\n".join(f"203.0.113.{each}" for each in range(51)), "At most 50 lines."),
        ("requests_per_minute", "0", "greater than or equal to 1"),
        ("requests_per_minute", "101", "less than or equal to 100"),
        ("expires_on", "2020-01-01", "This day is over."),
        ("expires_on", "soon", "Enter a valid date."),
        ("dialect", "morse", "not one of the available choices"),
        ("name", "x" * 101, "at most 100 characters"),
    ],
)
def test_refuses_what_a_key_cannot_be(alices: Client, field: str, written: str, says: str) -> None:
    before = state()
    answer = alices.post(NEW, proved(**SETTINGS | {field: written}))
    assert says in answer.content.decode()
    assert state() == before


def test_refuses_an_eleventh_key(alices: Client, alice: Person) -> None:
    for _ in range(KEYS_PER_ACCOUNT - 1):
        issue_key(account_id=alice.id)
    before = state()
    answer = alices.post(NEW, proved(**SETTINGS))
    assert "You have 10 active keys, which is the most: revoke one first." in answer.content.decode()
    assert state() == before
    assert f'href="{NEW}"' not in alices.get("/dashboard/api").content.decode()


def test_the_form_sent_again_makes_no_second_key(alices: Client) -> None:
    form = proved(**SETTINGS, asked=str(ids.new_id()))
    value_in(alices.post(NEW, form))
    before = state()
    again = alices.post(NEW, form)
    assert (again.status_code, again.headers["Location"]) == (303, "/dashboard/api")
    assert state() == before


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_make_one_key(alices: Client, alice: Person) -> None:
    form = proved(**SETTINGS, asked=str(ids.new_id()))
    answers = at_once(*[partial(alices.post, NEW, form)] * 3)
    assert sorted(each.status_code for each in answers) == [200, 303, 303]
    assert ApiKey.objects.filter(account=alice.user, name="shop").count() == 1


@pytest.mark.parametrize("limit", [None, 20])
def test_the_most_requests_a_minute_are_the_panels_own(alices: Client, settings: object, limit: int | None) -> None:
    settings.RATE_LIMIT_KEY = limit  # type: ignore[attr-defined]
    answer = alices.post(NEW, proved(**SETTINGS | {"requests_per_minute": "21"}))
    assert bool(VALUE.search(answer.content.decode())) is (limit is None)
