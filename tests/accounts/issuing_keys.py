"""Keys: ten at most, each shown once, changed and taken back alone."""

from functools import partial

import pytest

from accounts import keys
from accounts.addresses import InvalidNetwork
from accounts.models import ApiKey
from accounts.operations import (
    InvalidKeySetting,
    KeyLimitReached,
    edit_key,
    issue_key,
    regenerate_key,
    revoke_key,
)
from accounts.queries import key_by_digest
from events.models import Event
from events.queries import history
from kit import clock
from tests.racing import at_once

pytestmark = pytest.mark.django_db
committed = pytest.mark.django_db(transaction=True)


@pytest.fixture
def carol(person):
    """Return a reseller without a key."""
    carol = person("carol")
    ApiKey.objects.all().delete()
    return carol


def rows():
    return list(ApiKey.objects.order_by("pk").values())


def kinds(key):
    return [event.kind for event in history("api_key", key.pk)]


def test_a_keys_value_is_returned_and_kept_nowhere(carol):
    key, value = issue_key(account_id=carol.id, name="  shop ", actor="carol@example.com")
    assert keys.is_well_formed(value)
    found = key_by_digest(keys.digest(value))
    assert found == key
    assert (key.slot, key.name, key.prefix, key.dialect) == (1, "shop", value[:12], "standard")
    assert value not in str(rows()) + str(list(Event.objects.values()))
    event = history("api_key", key.pk).get()
    assert (event.kind, event.account_id, event.actor) == ("api_key.issued", carol.id, "carol@example.com")
    assert event.data == {"prefix": value[:12], "name": "shop"}


@pytest.mark.parametrize("default", ["standard", "classic"])
def test_a_key_issued_without_saying_so_speaks_the_panels_dialect(carol, settings, default):
    settings.API_DEFAULT_DIALECT = default
    spoken = [issue_key(account_id=carol.id, dialect=each)[0].dialect for each in ("", "standard", "classic")]
    assert spoken == [default, "standard", "classic"]


def test_a_default_that_is_no_dialect_is_refused_in_words(carol, settings):
    settings.API_DEFAULT_DIALECT = "Classic"
    with pytest.raises(InvalidKeySetting, match=r"^'Classic' is no dialect: use one of standard, classic$"):
        issue_key(account_id=carol.id)
    assert rows() == []


def test_an_eleventh_key_is_refused(carol):
    slots = [issue_key(account_id=carol.id)[0].slot for _ in range(10)]
    assert slots == list(range(1, 11))
    before = rows(), Event.objects.count()
    with pytest.raises(KeyLimitReached) as refusal:
        issue_key(account_id=carol.id)
    assert str(refusal.value) == "at most 10 active keys: revoke one first"
    assert (rows(), Event.objects.count()) == before


def test_a_revoked_keys_slot_is_the_next_keys(carol):
    issued = [issue_key(account_id=carol.id)[0] for _ in range(10)]
    revoke_key(key_id=issued[3].pk)
    assert issue_key(account_id=carol.id)[0].slot == 4


@committed
def test_of_twelve_keys_issued_at_once_ten_are(carol):
    results = at_once(*[partial(issue_key, account_id=carol.id)] * 12)
    refused = [each for each in results if isinstance(each, Exception)]
    assert [str(each) for each in refused] == ["at most 10 active keys: revoke one first"] * 2
    assert sorted(key.slot for key, _ in (each for each in results if each not in refused)) == list(range(1, 11))
    assert ApiKey.objects.count() == Event.objects.filter(kind="api_key.issued", account_id=carol.id).count() - 1 == 10


def test_the_keys_of_others_do_not_count(carol, bob):
    for _ in range(10):
        issue_key(account_id=carol.id)
    assert issue_key(account_id=bob.id)[0].slot == 2


SETTINGS = [
    ({"name": "x" * 101}, InvalidKeySetting, "a key's name has at most 100 characters"),
    ({"dialect": "esperanto"}, InvalidKeySetting, "'esperanto' is no dialect: use one of standard, classic"),
    (
        {"requests_per_minute": 0},
        InvalidKeySetting,
        "requests per minute are a number above zero, or empty for the panel's default",
    ),
    (
        {"requests_per_minute": 2**31},
        InvalidKeySetting,
        "requests per minute are a number above zero, or empty for the panel's default",
    ),
    (
        {"allowed_ips": ["203.0.113.1", "here"]},
        InvalidNetwork,
        "'here' is no address or network: write 203.0.113.7 or 203.0.113.0/24",
    ),
    (
        {"allowed_ips": ["203.0.113.7/24"]},
        InvalidNetwork,
        "'203.0.113.7/24' is no address or network: write 203.0.113.7 or 203.0.113.0/24",
    ),
]


@pytest.mark.parametrize(("settings", "error", "said"), SETTINGS)
def test_settings_that_cannot_be_are_refused_when_a_key_is_issued(carol, settings, error, said):
    with pytest.raises(error) as refusal:
        issue_key(account_id=carol.id, **settings)
    assert str(refusal.value) == said
    assert rows() == []


@pytest.mark.parametrize(("settings", "error", "said"), SETTINGS)
def test_settings_that_cannot_be_are_refused_when_a_key_is_edited(carol, settings, error, said):
    key, _ = issue_key(account_id=carol.id)
    before = rows()
    with pytest.raises(error) as refusal:
        edit_key(key_id=key.pk, **settings)
    assert str(refusal.value) == said
    assert rows() == before
    assert kinds(key) == ["api_key.issued"]


def test_an_edited_key_keeps_its_value_and_tells_what_was_changed(carol):
    key, value = issue_key(account_id=carol.id)
    edit_key(key_id=key.pk, name=" bot ", read_only=True, allowed_ips=["203.0.113.7"], requests_per_minute=5)
    edited = key_by_digest(keys.digest(value))
    assert edited is not None
    assert (edited.name, edited.read_only, edited.allowed_ips, edited.requests_per_minute, edited.version) == (
        "bot",
        True,
        ["203.0.113.7/32"],
        5,
        2,
    )
    event = history("api_key", key.pk).last()
    assert event is not None
    assert event.data["changed"] == ["allowed_ips", "name", "read_only", "requests_per_minute"]


def test_a_regenerated_key_keeps_its_row_and_its_settings(carol):
    key, old = issue_key(account_id=carol.id, name="shop", dialect="classic", read_only=True, requests_per_minute=7)
    again, new = regenerate_key(key_id=key.pk)
    assert (again.pk, again.slot, again.name, again.dialect, again.read_only, again.requests_per_minute) == (
        key.pk,
        1,
        "shop",
        "classic",
        True,
        7,
    )
    assert again.prefix == new[:12]
    assert key_by_digest(keys.digest(old)) is None
    assert key_by_digest(keys.digest(new)) == key
    assert kinds(key) == ["api_key.issued", "api_key.regenerated"]


def test_a_revoked_key_is_not_regenerated(carol):
    key, _ = issue_key(account_id=carol.id)
    assert revoke_key(key_id=key.pk, reason="lost") is True
    before = rows()
    with pytest.raises(ApiKey.DoesNotExist):
        regenerate_key(key_id=key.pk)
    assert rows() == before


@committed
def test_a_key_is_revoked_once(carol):
    key, _ = issue_key(account_id=carol.id)
    results = at_once(*[partial(revoke_key, key_id=key.pk)] * 5)
    assert sorted(results) == [False] * 4 + [True]
    assert kinds(key) == ["api_key.issued", "api_key.revoked"]
    assert ApiKey.objects.filter(pk=key.pk, revoked_at__lte=clock.now()).exists()


@committed
def test_regenerated_by_five_threads_at_once_the_last_value_is_the_key(carol):
    key, _ = issue_key(account_id=carol.id)
    values = [value for _, value in at_once(*[partial(regenerate_key, key_id=key.pk)] * 5)]
    working = [value for value in values if key_by_digest(keys.digest(value))]
    assert len(set(values)) == 5
    assert len(working) == 1
    assert ApiKey.objects.get(pk=key.pk).version == 6
