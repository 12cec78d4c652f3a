"""Providers as they are kept: added, changed, paused, failing, working, and their keys encrypted."""

from decimal import Decimal
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import IntegrityError, connection, transaction

from events.models import Event
from kit import encryption
from providers import operations, queries
from providers.models import Provider
from providers.operations import NameTaken, NoSuchProvider, ProviderRefused, add_provider

pytestmark = pytest.mark.django_db

URL = "https://panel.example/api/v2"
KEY = "a-key-to-keep-secret"


def events_of(provider: Provider) -> list[str]:
    found = Event.objects.filter(subject="provider", subject_id=provider.pk).order_by("id")
    return list(found.values_list("kind", flat=True))


def test_keeps_the_key_where_only_the_client_finds_it(kept: Provider) -> None:
    client = queries.client_for(kept)
    assert (client.url, client.key) == (URL, KEY)
    with connection.cursor() as cursor:
        cursor.execute("SELECT p::text FROM providers_provider p UNION ALL SELECT e::text FROM events_event e")
        rows = [row[0] for row in cursor.fetchall()]
    assert len(rows) == 2
    assert not any(KEY in row for row in rows)
    assert KEY not in f"{kept!r} {kept} {client!r}"


def test_tells_that_a_provider_was_added_and_by_whom(kept: Provider) -> None:
    event = Event.objects.get(subject="provider", subject_id=kept.pk)
    assert (event.kind, event.actor, event.data) == (
        "provider.added",
        "alice@example.com",
        {"name": "Panel", "url": URL},
    )


def test_refuses_a_second_provider_of_the_same_name(kept: Provider) -> None:
    with pytest.raises(NameTaken) as raised:
        add_provider(name=" Panel ", url="https://other.example/", key="k")
    expected = "There is a provider named 'Panel' already: choose another name, or change that one."
    assert str(raised.value) == expected
    assert list(Provider.objects.values_list("url", flat=True)) == [URL]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "panel.example",
        "ftp://panel.example/",
        "javascript:alert(1)",
        "https://",
        "https:///api",
        "http://:80/",
        "https://panel.example:99999/",
        "https://panel.example:0/",
        "https://[::1/",
        "https://panel.example/a b",
        "https://panel.example/a\nb",
        "https://panel.example\\@evil.example/",
        "https://x.example/" + "a" * 500,
    ],
)
def test_refuses_an_address_that_is_none(url: str) -> None:
    with pytest.raises(ProviderRefused, match=r"is no address: write it like https://provider\.example/api/v2"):
        add_provider(name="Panel", url=url, key=KEY)
    assert not Provider.objects.exists()
    assert not Event.objects.exists()


@pytest.mark.parametrize(
    "url", ["https://alice@panel.example/", "https://alice:pw@panel.example/", "https://@x.example/"]
)
def test_refuses_an_address_with_somebodys_name_in_it(url: str) -> None:
    with pytest.raises(ProviderRefused, match="carries no user name or password"):
        add_provider(name="Panel", url=url, key=KEY)
    assert not Provider.objects.exists()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8001/api/v2", "HTTPS://Panel.example", "https://[::1]:8001/x?v=2"])
def test_takes_every_http_address_an_operator_may_choose(url: str) -> None:
    provider = add_provider(name="Panel", url=url, key=KEY)
    assert provider.url.lower() == url.lower()


@pytest.mark.parametrize("key", ["", "  ", "two words", "a\nb", "k" * 501, "a\x00b"])
def test_refuses_a_key_that_is_none(key: str) -> None:
    with pytest.raises(ProviderRefused, match="1 to 500 printable characters and no spaces"):
        add_provider(name="Panel", url=URL, key=key)
    assert not Provider.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "n" * 101, "a\x00b"])
def test_refuses_a_name_that_is_none(name: str) -> None:
    with pytest.raises(ProviderRefused, match="A provider's name has 1 to 100 printable characters"):
        add_provider(name=name, url=URL, key=KEY)
    assert not Provider.objects.exists()


def test_refuses_a_dialect_nobody_speaks_here() -> None:
    with pytest.raises(ProviderRefused, match="The dialect 'morse' is not known: use one of classic"):
        add_provider(name="Panel", url=URL, key=KEY, dialect="morse")
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("provider_has_a_name", {"name": ""}),
        ("provider_has_a_key", {"key_encrypted": ""}),
        ("provider_url_is_http", {"url": "ftp://panel.example"}),
        ("provider_dialect_valid", {"dialect": "morse"}),
        ("provider_calls_per_minute_positive", {"calls_per_minute": 0}),
        ("provider_balance_has_its_time", {"last_balance": 1}),
        ("provider_failing_for_a_reason", {"failure": "why"}),
    ],
)
def test_the_database_refuses_what_the_rules_forbid(kept: Provider, rule: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        Provider.objects.filter(pk=kept.pk).update(**values)


def test_changes_name_address_and_pace(kept: Provider) -> None:
    operations.change_provider(
        provider_id=kept.pk, name="New", url="https://new.example/", calls_per_minute=60, low_balance=None
    )
    kept.refresh_from_db()
    assert (kept.name, kept.url, kept.calls_per_minute) == ("New", "https://new.example/", 60)
    assert events_of(kept) == ["provider.added", "provider.changed"]


def test_changes_nothing_to_what_cannot_be_kept(kept: Provider) -> None:
    add_provider(name="Other", url=URL, key=KEY)
    for change in ({"name": "Other"}, {"url": "nowhere"}, {"calls_per_minute": 0}):
        values: dict[str, Any] = {"name": "Panel", "url": URL, "calls_per_minute": None, "low_balance": None, **change}
        with pytest.raises(ProviderRefused):
            operations.change_provider(provider_id=kept.pk, **values)
    kept.refresh_from_db()
    assert (kept.name, kept.url, kept.calls_per_minute) == ("Panel", URL, None)
    assert events_of(kept) == ["provider.added"]


def test_says_so_where_there_is_no_such_provider() -> None:
    with pytest.raises(NoSuchProvider, match=r"There is no provider 404\."):
        operations.change_provider(provider_id=404, name="n", url=URL, calls_per_minute=None, low_balance=None)
    with pytest.raises(NoSuchProvider, match=r"There is no provider 404\."):
        operations.set_key(provider_id=404, key=KEY)
    with pytest.raises(NoSuchProvider, match=r"There is no provider 404\."):
        operations.record_balance(provider_id=404, balance=Decimal(1))
    assert not Event.objects.exists()


def test_sets_another_key_and_tells_only_that_it_did(kept: Provider) -> None:
    operations.set_key(provider_id=kept.pk, key="another", actor="alice@example.com")
    kept.refresh_from_db()
    assert queries.client_for(kept).key == "another"
    told = Event.objects.get(kind="provider.key_changed")
    assert (told.actor, told.data) == ("alice@example.com", {})


def test_pauses_and_resumes_once(kept: Provider) -> None:
    assert operations.pause(provider_id=kept.pk) is True
    assert operations.pause(provider_id=kept.pk) is False
    assert Provider.objects.get().active is False
    assert operations.resume(provider_id=kept.pk) is True
    assert operations.resume(provider_id=kept.pk) is False
    assert Provider.objects.get().active is True
    assert events_of(kept) == ["provider.added", "provider.paused", "provider.resumed"]


def test_keeps_the_balance_to_the_eighth_decimal(kept: Provider) -> None:
    operations.record_balance(provider_id=kept.pk, balance=Decimal("-1.123456785"), currency="EUR")
    kept.refresh_from_db()
    assert (kept.last_balance, kept.currency) == (Decimal("-1.12345679"), "EUR")
    assert kept.balance_at is not None


def test_a_failure_has_one_beginning_and_the_latest_reason(kept: Provider) -> None:
    assert operations.mark_failing(provider_id=kept.pk, why="Not enough funds") is True
    kept.refresh_from_db()
    since = kept.failing_since
    assert operations.mark_failing(provider_id=kept.pk, why="Invalid API key") is False
    kept.refresh_from_db()
    assert since is not None
    assert (kept.failing_since, kept.failure) == (since, "Invalid API key")
    assert operations.mark_working(provider_id=kept.pk) is True
    assert operations.mark_working(provider_id=kept.pk) is False
    kept.refresh_from_db()
    assert (kept.failing_since, kept.failure) == (None, "")
    assert events_of(kept) == ["provider.added", "provider.failing", "provider.working"]
    assert Event.objects.get(kind="provider.failing").reason == "Not enough funds"


def test_a_reason_of_any_length_or_none_can_be_kept(kept: Provider) -> None:
    for why, shown in (("x" * 600, "x" * 500), ("  ", "no reason given")):
        operations.mark_failing(provider_id=kept.pk, why=why)
        assert Provider.objects.get().failure == shown


def test_rests_a_while_after_a_failure_and_no_longer_once_it_works(kept: Provider) -> None:
    operations.rest(provider_id=kept.pk, why="Not enough funds")
    kept.refresh_from_db()
    assert kept.failing_since is not None
    assert kept.ask_again_at is not None
    assert kept.ask_again_at > kept.failing_since
    operations.mark_working(provider_id=kept.pk)
    kept.refresh_from_db()
    assert kept.ask_again_at is None


def test_rotation_reencrypts_with_the_first_key(kept: Provider, settings: Any) -> None:
    before = kept.key_encrypted
    (old,), new = settings.ENCRYPTION_KEYS, Fernet.generate_key().decode()
    settings.ENCRYPTION_KEYS = [new, old]
    operations.reencrypt_key(provider_id=kept.pk)
    settings.ENCRYPTION_KEYS = [new]
    kept.refresh_from_db()
    assert kept.key_encrypted != before
    assert queries.client_for(kept).key == KEY


def test_a_key_nobody_can_read_says_what_to_do(kept: Provider, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(encryption.CannotDecrypt, match="put that key back at the end of the list"):
        queries.client_for(kept)
    with pytest.raises(encryption.CannotDecrypt):
        operations.reencrypt_key(provider_id=kept.pk)
    assert Provider.objects.get().key_encrypted == kept.key_encrypted


def test_finds_a_provider_by_its_name(kept: Provider) -> None:
    assert queries.provider_named(" Panel") == kept
    assert queries.provider_named("Other") is None


def test_only_what_it_failed_at_says_that_it_works_again(kept):
    operations.rest(provider_id=kept.pk, why="Not enough funds on balance")
    assert not operations.mark_working(provider_id=kept.pk, at="status")
    assert not operations.mark_working(provider_id=kept.pk, at="balance")
    kept.refresh_from_db()
    assert (kept.failing_at, kept.ask_again_at is not None) == ("add", True)
    assert operations.mark_working(provider_id=kept.pk)
    kept.refresh_from_db()
    assert (kept.failing_at, kept.failing_since, kept.ask_again_at) == ("", None, None)


def test_not_taking_orders_stands_over_everything_else(kept):
    operations.mark_failing(provider_id=kept.pk, why="no balance", at="balance")
    operations.mark_failing(provider_id=kept.pk, why="no funds")
    operations.mark_failing(provider_id=kept.pk, why="no status", at="status")
    kept.refresh_from_db()
    assert (kept.failing_at, kept.failure) == ("add", "no funds")
    assert Event.objects.filter(kind="provider.failing").count() == 1


def test_three_unknown_outcomes_in_a_row_are_an_outage(kept):
    for _ in range(2):
        operations.count_unknown(provider_id=kept.pk, why="a page")
    operations.mark_working(provider_id=kept.pk)
    for count in range(1, 4):
        kept.refresh_from_db()
        assert (kept.unknown_in_a_row, kept.failing_since) == (count - 1, None)
        operations.count_unknown(provider_id=kept.pk, why="a page")
    kept.refresh_from_db()
    assert (kept.failing_at, kept.failure) == ("add", "a page")
