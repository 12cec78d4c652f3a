"""A key is restricted, rotated and revoked by whoever has the password."""

from datetime import timedelta
from functools import partial

import pytest
from django.test import Client

from accounts.models import ApiKey
from accounts.operations import edit_key
from kit import clock
from tests.conftest import Person, Post
from tests.dashboard.keys.conftest import SETTINGS, proved, state, value_in
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(alice: Person) -> ApiKey:
    return ApiKey.objects.get(account=alice.user)


@pytest.mark.django_db(transaction=True)
def test_a_change_counts_from_the_next_request_on(alices: Client, alice: Person, key: ApiKey, post: Post) -> None:
    answer = alices.post(f"/dashboard/api/{key.pk}", proved(**SETTINGS | {"read_only": "on", "name": "looks"}))
    assert answer.headers["Location"] == "/dashboard/api"
    assert post(key=alice.key, action="cancel", order="1").json == {"error": "API key is read-only"}
    key.refresh_from_db()
    assert (key.name, key.read_only) == ("looks", True)


def test_what_the_operator_has_given_a_key_stays(alices: Client, key: ApiKey) -> None:
    until = clock.now() + timedelta(days=2)
    edit_key(key_id=key.pk, requests_per_minute=5000, expires_at=until)
    shown = alices.get(f"/dashboard/api/{key.pk}").context["form"]
    kept = {name: shown[name].value() or "" for name in SETTINGS}
    alices.post(f"/dashboard/api/{key.pk}", proved(**kept | {"name": "new", "expires_on": str(kept["expires_on"])}))
    key.refresh_from_db()
    assert (key.name, key.requests_per_minute, key.expires_at) == ("new", 5000, until)


@pytest.mark.django_db(transaction=True)
def test_a_rotated_key_opens_by_its_new_value_alone(alices: Client, alice: Person, key: ApiKey, post: Post) -> None:
    value = value_in(alices.post(f"/dashboard/api/{key.pk}/rotate", proved(prefix=key.prefix)))
    assert post(key=alice.key, action="balance").json == {"error": "Invalid API key"}
    assert post(key=value, action="balance").json["balance"] == "100.00"


def test_the_form_of_a_rotation_sent_again_rotates_nothing(alices: Client, key: ApiKey) -> None:
    form = proved(prefix=key.prefix)
    alices.post(f"/dashboard/api/{key.pk}/rotate", form)
    before = state()
    again = alices.post(f"/dashboard/api/{key.pk}/rotate", form)
    assert again.headers["Location"] == "/dashboard/api"
    assert state() == before


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_rotate_once_and_the_value_that_is_shown_opens(
    alices: Client, key: ApiKey, post: Post
) -> None:
    answers = at_once(*[partial(alices.post, f"/dashboard/api/{key.pk}/rotate", proved(prefix=key.prefix))] * 3)
    assert sorted(each.status_code for each in answers) == [200, 303, 303]
    (shown,) = [each for each in answers if each.status_code == 200]
    assert post(key=value_in(shown), action="balance").json["balance"] == "100.00"


@pytest.mark.django_db(transaction=True)
def test_a_revoked_key_opens_nothing_and_has_no_pages(alices: Client, alice: Person, key: ApiKey, post: Post) -> None:
    assert alices.post(f"/dashboard/api/{key.pk}/revoke", proved()).headers["Location"] == "/dashboard/api"
    assert post(key=alice.key, action="balance").json == {"error": "Invalid API key"}
    assert alices.get(f"/dashboard/api/{key.pk}").status_code == 404
    assert "1 revoked key" in alices.get("/dashboard/api").content.decode()


@pytest.mark.parametrize("page", ["", "/rotate", "/revoke"])
def test_nothing_changes_without_the_password(alices: Client, key: ApiKey, page: str) -> None:
    before = state()
    form = SETTINGS | {"prefix": key.prefix, "proof-password": "wrong", "name": "another"}
    answer = alices.post(f"/dashboard/api/{key.pk}{page}", form)
    assert answer.status_code == 403
    assert "This is not your password." in answer.content.decode()
    assert state() == before


@pytest.mark.parametrize("page", ["", "/rotate", "/revoke"])
def test_another_accounts_key_is_nowhere(alices: Client, bob: Person, page: str) -> None:
    key = ApiKey.objects.get(account=bob.user)
    before = state()
    for answer in (
        alices.get(f"/dashboard/api/{key.pk}{page}"),
        alices.post(f"/dashboard/api/{key.pk}{page}", proved(**SETTINGS | {"prefix": key.prefix})),
    ):
        assert answer.status_code == 404
    assert state() == before
