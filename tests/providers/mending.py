"""A provider whose address, key or dialect was mended is tried at once; one that showed it speaks fails no more."""

from collections.abc import Callable, Iterator

import pytest

from alerts.queries import lasting
from events.queries import history
from kit import encryption
from providers.client import Client
from providers.models import Provider
from providers.operations import ProviderRefused, add_provider, change_provider, rest, set_key
from tests.conftest import Person
from tests.own_panel import OwnPanel, own_panel

pytestmark = pytest.mark.django_db(transaction=True)
Change = Callable[[Provider, str], None]


@pytest.fixture
def notpanel() -> Iterator[OwnPanel]:
    """This panel, to be bought from."""
    with own_panel() as panel:
        yield panel


def edit(provider: Provider, **changes: str) -> None:
    same = {"name": provider.name, "url": provider.url}
    change_provider(provider_id=provider.pk, calls_per_minute=None, low_balance=None, **same | changes)  # type: ignore[arg-type]


def key_alone(provider: Provider, key: str) -> None:
    set_key(provider_id=provider.pk, key=key)


def key_in_the_form(provider: Provider, key: str) -> None:
    edit(provider, key=key)


def address(provider: Provider, _key: str) -> None:
    edit(provider, url=provider.url + "/")


def dialect(provider: Provider, key: str) -> None:
    edit(provider, dialect="classic" if provider.dialect == "standard" else "standard")


def fail(provider: Provider, at: str) -> None:
    """Have it fail at this, and rest from orders and from questions."""
    for each in ("add", "status"):
        rest(provider_id=provider.pk, why="Invalid API key", at=each)
    Provider.objects.filter(pk=provider.pk).update(failing_at=at, unknown_in_a_row=3)


def standing(provider: Provider) -> tuple[str, str, bool, bool]:
    """Return what it fails at and why, and whether it rests from orders and from questions."""
    provider.refresh_from_db()
    rests = provider.ask_again_at is not None, provider.ask_status_again_at is not None
    return provider.failing_at, provider.failure, *rests


def kinds(provider: Provider) -> list[str]:
    return [event.kind for event in history("provider", provider.pk)]


@pytest.mark.parametrize("at", ["add", "status", "balance"])
@pytest.mark.parametrize("change", [key_alone, key_in_the_form, address])
def test_one_that_showed_it_speaks_standard_fails_no_more(
    change: Change, at: str, notpanel: OwnPanel, alice: Person, bob: Person
) -> None:
    provider = add_provider(name="NotPanel", url=notpanel.url, key=bob.key, dialect="standard")
    fail(provider, at)
    assert lasting().filter(kind="provider.failing").count() == 1
    change(provider, alice.key)
    assert standing(provider) == ("", "", False, False)
    assert (provider.failing_since, provider.unknown_in_a_row) == (None, 0)
    assert not lasting().filter(kind="provider.failing").exists()
    assert kinds(provider)[-1] == "provider.working"


@pytest.mark.parametrize("change", [key_alone, key_in_the_form, address])
def test_a_classic_one_is_tried_at_once_and_fails_until_something_works(change: Change, kept: Provider) -> None:
    fail(kept, "add")
    change(kept, "another-key")
    assert standing(kept) == ("add", "Invalid API key", False, False)
    assert lasting().filter(kind="provider.failing").count() == 1
    assert "provider.working" not in kinds(kept)


def test_another_dialect_is_mending_too(notpanel: OwnPanel, bob: Person) -> None:
    provider = add_provider(name="NotPanel", url=notpanel.url, key=bob.key)
    fail(provider, "add")
    dialect(provider, "")
    assert standing(provider) == ("", "", False, False)
    fail(provider, "add")
    dialect(provider, "")
    assert standing(provider) == ("add", "Invalid API key", False, False)


def test_what_was_refused_mends_nothing(notpanel: OwnPanel, bob: Person) -> None:
    provider = add_provider(name="NotPanel", url=notpanel.url, key=bob.key, dialect="standard")
    fail(provider, "add")
    with pytest.raises(ProviderRefused, match="The provider does not know this key"):
        set_key(provider_id=provider.pk, key="np_live_wrong")
    assert standing(provider) == ("add", "Invalid API key", True, True)


def test_another_name_mends_nothing(notpanel: OwnPanel, bob: Person) -> None:
    provider = add_provider(name="NotPanel", url=notpanel.url, key=bob.key, dialect="standard")
    fail(provider, "add")
    edit(provider, name="Renamed")
    assert standing(provider) == ("add", "Invalid API key", True, True)


@pytest.mark.parametrize("change", [key_alone, address])
def test_what_somebody_else_changed_while_it_was_asked_is_not_written_over(
    change: Change, notpanel: OwnPanel, alice: Person, bob: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    provider = add_provider(name="NotPanel", url=notpanel.url, key=bob.key, dialect="standard")
    asks = Client.said

    def meanwhile(client: Client, *given: str, **params: str) -> tuple[int, object]:
        monkeypatch.setattr(Client, "said", asks)
        edit(provider, url=notpanel.url + "?theirs", dialect="classic")
        return asks(client, *given, **params)

    monkeypatch.setattr(Client, "said", meanwhile)
    before = provider.key_encrypted
    with pytest.raises(ProviderRefused) as refused:
        change(provider, alice.key)
    assert str(refused.value) == ("NotPanel was changed by somebody else at this moment: look at it, and try again.")
    provider.refresh_from_db()
    assert (provider.url, provider.dialect, provider.version) == (notpanel.url + "?theirs", "classic", 2)
    assert encryption.decrypt(provider.key_encrypted) == encryption.decrypt(before) == bob.key
    assert kinds(provider) == ["provider.added", "provider.changed"]
