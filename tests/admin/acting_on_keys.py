"""An API key's page: its settings, a new value, and its end."""

import pytest

from accounts import keys
from accounts.models import ApiKey
from accounts.operations import revoke_key
from events.models import Event
from tests.admin.conftest import state_of_things, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def key(alice):
    return ApiKey.objects.get()


def page(key, button="change"):
    return f"/admin/accounts/apikey/{key.pk}/{button}/"


def test_revokes_with_a_reason(bobs, key):
    answer = bobs.post(page(key, "revoke"), {"reason": "leaked"}, follow=True)

    assert f"{key} is revoked." in text(answer)
    key.refresh_from_db()
    assert key.revoked_at is not None
    event = Event.objects.get(kind="api_key.revoked")
    assert (event.actor, event.reason) == ("bob@panel.example", "leaked")

    before = state_of_things()
    assert f"{key} was revoked already." in text(bobs.post(page(key, "revoke"), {"reason": "again"}, follow=True))
    assert state_of_things() == before


def test_regenerates_and_shows_the_new_value_once(bobs, key, alice):
    answer = bobs.post(page(key, "regenerate"))

    value = answer.context["value"]
    assert value != alice.key
    assert text(answer).count(value) == 1
    assert "no-store" in answer["Cache-Control"]
    assert bytes(ApiKey.objects.get().digest) == keys.digest(value)
    assert value not in bobs.get(page(key)).content.decode()


def test_refuses_to_regenerate_a_revoked_key(bobs, key):
    revoke_key(key_id=key.pk)
    before = [*state_of_things(), list(ApiKey.objects.values())]
    answer = bobs.post(page(key, "regenerate"))
    assert "This key is revoked: issue a new one." in text(answer)
    assert [*state_of_things(), list(ApiKey.objects.values())] == before


def test_edits_the_settings_by_the_operation(bobs, key):
    given = {
        "name": "shop",
        "read_only": "on",
        "allowed_ips": "203.0.113.7",
        "requests_per_minute": "",
        "expires_at": "",
    }

    bobs.post(page(key), given)

    key.refresh_from_db()
    assert (key.name, key.read_only, key.allowed_ips, key.version) == ("shop", True, ["203.0.113.7/32"], 2)
    event = Event.objects.get(kind="api_key.edited")
    assert (event.actor, event.data["changed"]) == ("bob@panel.example", ["allowed_ips", "name", "read_only"])


def test_saving_what_nobody_changed_is_no_event(bobs, key):
    bobs.post(page(key), {"name": key.name, "allowed_ips": "", "requests_per_minute": "", "expires_at": ""})
    key.refresh_from_db()
    assert key.version == 1
    assert not Event.objects.filter(kind="api_key.edited").exists()


def test_refuses_an_address_that_is_none(bobs, key):
    answer = bobs.post(page(key), {"name": "shop", "allowed_ips": "203.0.113.7/8"})
    assert "'203.0.113.7/8' is no address or network: write 203.0.113.7 or 203.0.113.0/24" in text(answer)
    key.refresh_from_db()
    assert key.version == 1
