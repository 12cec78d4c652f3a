"""The list of keys: what each was used, what of its limit is spent, and what it is restricted to."""

import pytest
from django.test import Client

import accounts.operations
from accounts.models import ApiKey
from tests.conftest import Person, Post
from tests.dashboard.keys.conftest import alices

__all__ = ["alices"]
pytestmark = pytest.mark.django_db


def text(answer: object) -> str:
    return " ".join(answer.content.decode().split())  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_says_how_much_of_the_limits_is_used_now(alices: Client, alice: Person, post: Post) -> None:
    for _ in range(3):
        post(key=alice.key, action="services")
    page = text(alices.get("/dashboard/api"))
    assert "<b>3</b> of 200 requests of this minute" in page
    assert "3 / 100" in page
    # Use is written down once a minute (accounts.operations.using): until then the two do not agree.
    assert "<dt>Last used</dt><dd>never</dd>" in page
    assert "are up to a minute behind “This minute”." in page


def test_says_so_where_redis_is_away(alices: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api_v2.usage.usage", lambda account_id: None)
    assert "cannot be told at this moment" in text(alices.get("/dashboard/api"))


def test_reads_as_little_for_ten_keys_as_for_one(
    alices: Client, alice: Person, django_assert_max_num_queries: object
) -> None:
    for number in range(9):
        accounts.operations.issue_key(account_id=alice.id, name=f"key {number}")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        page = text(alices.get("/dashboard/api"))
    assert [f"key {number}" in page for number in range(9)] == [True] * 9


def test_shows_nobody_elses_keys(alices: Client, bob: Person) -> None:
    assert ApiKey.objects.get(account=bob.user).prefix not in text(alices.get("/dashboard/api"))
