"""A provider is taken for one of the standard dialect only where it has shown it: else it is bought from twice."""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse

import accounts.operations
from accounts.models import ApiKey
from orders.models import Order
from providers import queries
from providers.models import Provider
from providers.operations import DoesNotSpeakStandard, ask_for_standard, change_provider, set_key
from tests.conftest import MakePerson, Person
from tests.own_panel import OwnPanel, own_panel
from tests.providers.scripted import ScriptedPanel, answering, closed_port

pytestmark = pytest.mark.django_db(transaction=True)
ADD = reverse("admin:providers_provider_add")
HTML = (
    "It does not answer as a NotPanel of the standard dialect does (HTTP 200): see the address (it ends in /api/v2),"
    " or choose classic."
)


@pytest.fixture
def notpanel() -> Iterator[OwnPanel]:
    """This panel, to be bought from."""
    with own_panel() as panel:
        yield panel


@pytest.fixture
def operator(tiers: None) -> Browser:
    """A browser in which carol, an operator, is logged in."""
    browser = Browser()
    browser.force_login(accounts.operations.create_operator(email="carol@example.com", password=None))
    return browser


def add(name: str, url: str, key: str, dialect: str = "standard") -> None:
    call_command("add_provider", name, url, key, "--dialect", dialect, "--json")


def test_a_notpanel_is_asked_and_nothing_is_changed_there(notpanel: OwnPanel, bob: Person) -> None:
    add("NotPanel", notpanel.url, bob.key)
    provider = Provider.objects.get()
    assert (provider.dialect, provider.version, provider.last_balance) == ("standard", 1, Decimal(100))
    assert [form["action"] for form in notpanel.asked] == ["status", "add", "balance"]
    assert not Order.objects.exists()


def test_a_key_that_it_does_not_know_is_said(notpanel: OwnPanel, tiers: None) -> None:
    with pytest.raises(CommandError, match=r"^The provider does not know this key: see how it is spelled"):
        add("NotPanel", notpanel.url, "np_live_wrong")
    assert not Provider.objects.exists()


def test_a_key_of_the_classic_dialect_is_said(notpanel: OwnPanel, bob: Person) -> None:
    ApiKey.objects.filter(account_id=bob.id).update(dialect="classic")
    with pytest.raises(
        CommandError, match=r"^This key speaks the classic dialect: ask for one of the standard dialect"
    ):
        add("NotPanel", notpanel.url, bob.key)
    assert not Provider.objects.exists()


def test_a_key_that_may_only_read_is_said(notpanel: OwnPanel, person: MakePerson) -> None:
    with pytest.raises(CommandError, match=r"^This key may only read: ask for one that may order"):
        add("NotPanel", notpanel.url, person("bob", read_only=True).key)
    assert not Provider.objects.exists()


@pytest.mark.parametrize(
    ("status", "answer", "said"),
    [
        ("200 OK", {"error": "Incorrect order ID"}, "This key speaks the classic dialect: ask for one of the standard"),
        ("200 OK", {"error": "Order not found"}, "It does not answer as a NotPanel of the standard dialect does"),
        ("400 Bad", {"error": "order not found"}, "It does not answer as a NotPanel of the standard dialect does"),
        ("400 Bad", {"error": "Order not found", "code": 7}, "It does not answer as a NotPanel of the standard"),
        ("400 Bad", {"error": "Order not found"}, "It does not ask for a request_id, without which an order may be"),
        ("200 OK", {"status": "Completed"}, "It does not answer as a NotPanel of the standard dialect does (HTTP 200)"),
        ("200 OK", "<html>", HTML),
        ("403 No", {"error": "Account suspended"}, "The provider has suspended our account"),
        ("429 Slow", {"error": "Rate limit exceeded"}, "The provider asks for fewer calls: try again in a minute."),
    ],
)
def test_another_panel_is_refused_with_what_to_do(status: str, answer: object, said: str) -> None:
    body = answer if isinstance(answer, str) else json.dumps(answer)
    with ScriptedPanel(answering(body.encode(), status)) as panel, pytest.raises(CommandError) as refused:
        add("Other", panel.url, "k")
    assert str(refused.value).startswith(said)
    assert not Provider.objects.exists()


def test_one_that_cannot_be_reached_is_not_taken_at_its_word() -> None:
    with pytest.raises(CommandError, match="Whether it speaks the standard dialect has to be asked first: try again"):
        add("Gone", f"http://127.0.0.1:{closed_port()}/api/v2", "k")
    assert not Provider.objects.exists()


def test_a_classic_one_is_asked_for_nothing_of_the_kind(notpanel: OwnPanel, bob: Person) -> None:
    add("Other", notpanel.url, bob.key, "classic")
    assert [form["action"] for form in notpanel.asked] == ["balance"]


def test_an_address_or_a_key_that_does_not_speak_it_is_not_changed_to(
    notpanel: OwnPanel, bob: Person, alice: Person
) -> None:
    add("NotPanel", notpanel.url, bob.key)
    provider, gone = Provider.objects.get(), f"http://127.0.0.1:{closed_port()}/api/v2"
    changes: list[Callable[[], None]] = [
        lambda: set_key(provider_id=provider.pk, key="np_live_wrong"),
        lambda: change_provider(
            provider_id=provider.pk, name="Moved", url=gone, calls_per_minute=None, low_balance=None
        ),
    ]
    for change in changes:
        with pytest.raises(DoesNotSpeakStandard):
            change()
    provider.refresh_from_db()
    assert (provider.version, provider.url, queries.client_for(provider).key) == (1, notpanel.url, bob.key)
    set_key(provider_id=provider.pk, key=alice.key)
    provider.refresh_from_db()
    assert (provider.version, queries.client_for(provider).key) == (2, alice.key)


def test_the_screen_asks_before_it_saves(operator: Browser, notpanel: OwnPanel, bob: Person) -> None:
    form = {"name": "NotPanel", "url": notpanel.url, "key": "np_live_wrong", "dialect": "standard"}
    form |= {"calls_per_minute": "", "low_balance": ""}
    page = operator.post(ADD, form).content.decode()
    assert "The provider does not know this key" in page
    assert not Provider.objects.exists()

    assert operator.post(ADD, form | {"key": bob.key}).status_code == 302
    provider = Provider.objects.get()
    assert (provider.dialect, provider.version) == ("standard", 1)
    asked = len(notpanel.asked)
    change = reverse("admin:providers_provider_change", args=[provider.pk])
    assert operator.post(change, form | {"key": "", "name": "Renamed"}).status_code == 302
    assert len(notpanel.asked) == asked, "nothing that it would be asked about was changed"
    assert operator.post(change, form | {"key": "", "dialect": "classic"}).status_code == 302
    assert operator.post(change, form | {"key": ""}).status_code == 302
    provider.refresh_from_db()
    assert (provider.dialect, provider.version, len(notpanel.asked) - asked) == ("standard", 3, 2)
    page = operator.post(change, form | {"key": "", "url": f"http://127.0.0.1:{closed_port()}/api/v2"}).content.decode()
    assert "has to be asked first" in page
    assert Provider.objects.get().version == 3


def test_the_screen_names_the_dialects_by_their_words(operator: Browser) -> None:
    page = operator.get(ADD).content.decode()
    assert ">classic (API v2 of other panels)</option>" in " ".join(page.split())
    assert ">standard (NotPanel API v2)</option>" in " ".join(page.split())


def test_the_proof_does_not_show_the_key(notpanel: OwnPanel, bob: Person) -> None:
    assert not re.search(bob.key, repr(ask_for_standard(url=notpanel.url, key=bob.key)))
