"""An API key's page: its settings, a new value, and its end."""

import re

import pytest

from accounts import cached, keys
from accounts.models import ApiKey
from accounts.operations import edit_key, issue_key, revoke_key
from events.models import Event
from kit import records
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
        "dialect": "standard",
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
    bobs.post(
        page(key),
        {"name": key.name, "dialect": key.dialect, "allowed_ips": "", "requests_per_minute": "", "expires_at": ""},
    )
    key.refresh_from_db()
    assert key.version == 1
    assert not Event.objects.filter(kind="api_key.edited").exists()


def test_refuses_an_address_that_is_none(bobs, key):
    answer = bobs.post(page(key), {"name": "shop", "dialect": "classic", "allowed_ips": "203.0.113.7/8"})
    assert "'203.0.113.7/8' is no address or network: write 203.0.113.7 or 203.0.113.0/24" in text(answer)
    key.refresh_from_db()
    assert key.version == 1


@pytest.mark.django_db(transaction=True)
def test_a_dialect_that_is_changed_counts_from_the_next_request_and_back_again(bobs, key, alice, post):
    def answered():
        answer = post(key=alice.key, action="status", order="1")
        return answer.status, answer.json["error"]

    assert answered() == (400, "Order not found")
    for dialect, expected in [("classic", (200, "Incorrect order ID")), ("standard", (400, "Order not found"))]:
        bobs.post(page(key), {"name": key.name, "dialect": dialect})
        assert answered() == expected
    events = Event.objects.filter(kind="api_key.edited")
    assert [(event.actor, event.data["changed"]) for event in events] == [("bob@panel.example", ["dialect"])] * 2


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_was_slow_does_not_bring_the_earlier_dialect_back(key, alice, post):
    read_before = cached.key_record(ApiKey.objects.select_related("account__tier").get(pk=key.pk))
    edit_key(key_id=key.pk, dialect="classic")
    assert records.write(read_before) == 0
    assert post(key=alice.key, action="status", order="1").json == {"error": "Incorrect order ID"}


@pytest.mark.parametrize("given", ["", "Classic"])
def test_refuses_a_dialect_that_is_none(bobs, key, given):
    before = list(ApiKey.objects.values())
    bobs.post(page(key), {"name": "shop", "dialect": given})
    assert list(ApiKey.objects.values()) == before


@pytest.mark.parametrize("default", ["standard", "classic"])
def test_issuing_begins_with_the_panels_dialect_and_the_page_with_the_keys_own(bobs, key, alice, settings, default):
    settings.API_DEFAULT_DIALECT = default
    issuing = bobs.get(f"/admin/accounts/user/{alice.id}/issue-key/")
    assert chosen(issuing) == [default]
    assert chosen(bobs.get(page(key))) == ["standard"]
    assert "classic: what programs written for other panels speak" in text(issuing)


def chosen(answer):
    """Return what the page's choice of a dialect stands at."""
    select = answer.text.partition('<select name="dialect"')[2].partition("</select>")[0]
    return re.findall(r'value="(\w+)" selected', select)


def test_the_lists_show_the_dialect_and_the_first_filters_by_it(bobs, key, alice):
    classic, _ = issue_key(account_id=alice.id, name="bot", dialect="classic")
    listed = "/admin/accounts/apikey/"
    assert set(bobs.get(listed).context["cl"].result_list) == {key, classic}
    assert list(bobs.get(listed, {"dialect__exact": "classic"}).context["cl"].result_list) == [classic]
    row = text(bobs.get(f"/admin/accounts/user/{alice.id}/change/")).partition("bot")[2]
    assert "classic no active" in row
