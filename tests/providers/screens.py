"""The operator's screens of providers."""

import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

import accounts.operations
from events.models import Event
from providers import operations, queries
from providers.demo.running import DemoProvider
from providers.models import Provider
from providers.operations import add_provider
from tests.providers.scripted import closed_port

pytestmark = pytest.mark.usefixtures("tiers")

LIST = reverse("admin:providers_provider_changelist")
ADD = reverse("admin:providers_provider_add")
KEY = "a-key-to-keep-secret"
FORM = {"name": "Panel", "url": "https://panel.example/api/v2", "key": KEY, "dialect": "classic"}
FORM |= {"calls_per_minute": "", "low_balance": ""}


@pytest.fixture
def operator() -> Browser:
    """A browser in which alice, an operator, is logged in."""
    browser = Browser()
    browser.force_login(accounts.operations.create_operator(email="alice@example.com", password=None))
    return browser


def run(operator: Browser, action: str, *providers: Provider) -> str:
    """Choose providers in the list, run an action, and return the page that follows."""
    form = {"action": action, "_selected_action": [provider.pk for provider in providers]}
    response = operator.post(LIST, form, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def change(provider: Provider) -> str:
    return reverse("admin:providers_provider_change", args=[provider.pk])


def test_adds_a_provider_by_the_operation(operator: Browser) -> None:
    response = operator.post(ADD, FORM)
    assert (response.status_code, response.headers["Location"]) == (302, LIST)
    provider = Provider.objects.get()
    assert queries.client_for(provider).key == KEY
    assert list(Event.objects.filter(subject="provider").values_list("kind", "actor")) == [
        ("provider.added", "alice@example.com")
    ]


def test_adds_a_provider_with_a_pace(operator: Browser) -> None:
    operator.post(ADD, FORM | {"calls_per_minute": "60"})
    assert Provider.objects.get().calls_per_minute == 60


def test_changes_the_pace_and_the_low_balance_by_the_operation(operator: Browser) -> None:
    provider = add_provider(name="Panel", url=FORM["url"], key=KEY)
    operator.post(change(provider), FORM | {"key": "", "calls_per_minute": "60", "low_balance": "12.5"})
    provider.refresh_from_db()
    assert (provider.calls_per_minute, provider.low_balance) == (60, Decimal("12.5"))
    told = Event.objects.get(kind="provider.changed")
    assert told.actor == "alice@example.com"
    assert (told.data["calls_per_minute"], told.data["low_balance"]) == (60, "12.50")


def test_shows_the_last_balances_it_said(operator: Browser) -> None:
    provider = add_provider(name="Panel", url=FORM["url"], key=KEY)
    for number in range(25):
        operations.record_balance(provider_id=provider.pk, balance=Decimal(number), currency="EUR")
    page = operator.get(change(provider)).content.decode()
    assert "The last balances it said" in page
    assert set(re.findall(r"\b([0-9]+)\.00 EUR", page)) == {str(number) for number in range(5, 25)}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": ""}, "This field is required."),
        ({"key": "two words"}, "A provider&#x27;s key has 1 to 500 printable characters and no spaces."),
        ({"url": "nowhere"}, "is no address: write it like https://provider.example/api/v2"),
        ({"url": "https://alice@panel.example/"}, "carries no user name or password"),
        ({"name": ""}, "This field is required."),
    ],
)
def test_says_beside_the_field_what_is_wrong_and_adds_nothing(
    operator: Browser, wrong: dict[str, str], said: str
) -> None:
    response = operator.post(ADD, FORM | wrong)
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not Provider.objects.exists()


def test_the_key_is_never_shown(operator: Browser) -> None:
    operator.post(ADD, FORM)
    provider = Provider.objects.get()
    failed = operator.post(change(provider), FORM | {"url": "nowhere", "key": "another-secret"})
    history = reverse("admin:providers_provider_history", args=[provider.pk])
    for page in (operator.get(LIST), operator.get(change(provider)), operator.get(history), failed):
        assert page.status_code == 200
        text = page.content.decode()
        assert "Panel" in text
        for secret in (KEY, "another-secret", provider.key_encrypted):
            assert secret not in text


def test_an_empty_key_keeps_the_one_that_is_stored(operator: Browser) -> None:
    provider = add_provider(name="Panel", url=FORM["url"], key=KEY)
    response = operator.post(change(provider), FORM | {"key": "", "name": "Renamed"})
    assert response.status_code == 302
    provider.refresh_from_db()
    assert (provider.name, queries.client_for(provider).key) == ("Renamed", KEY)
    assert not Event.objects.filter(kind="provider.key_changed").exists()


def test_a_key_given_anew_replaces_the_old_one(operator: Browser) -> None:
    provider = add_provider(name="Panel", url=FORM["url"], key=KEY)
    operator.post(change(provider), FORM | {"key": "another"})
    provider.refresh_from_db()
    assert queries.client_for(provider).key == "another"
    kinds = Event.objects.filter(subject="provider").order_by("id").values_list("kind", flat=True)
    assert list(kinds) == ["provider.added", "provider.key_changed"]


def test_shows_balance_age_and_health(operator: Browser) -> None:
    provider = add_provider(name="Panel", url=FORM["url"], key=KEY)
    operations.record_balance(provider_id=provider.pk, balance=Decimal("12.5"))
    operations.mark_failing(provider_id=provider.pk, why="Not enough funds on balance")
    for address in (LIST, change(provider)):
        page = operator.get(address).content.decode()
        assert "12.50 USD" in page
        assert "Not enough funds on balance" in page


def test_asks_for_the_balance_now(operator: Browser, demo: DemoProvider) -> None:
    works = add_provider(name="Works", url=demo.url, key=demo.key)
    operations.mark_failing(provider_id=works.pk, why="It said nothing", at="balance")
    port = closed_port()
    gone = add_provider(name="Gone", url=f"http://127.0.0.1:{port}/api/v2", key="k")
    page = run(operator, "ask_for_the_balance_now", works, gone)
    assert "Works: 1000000.00 USD" in page
    assert f"Gone: The provider cannot be reached: 127.0.0.1 refuses connections on port {port}." in page
    works.refresh_from_db()
    gone.refresh_from_db()
    assert (works.last_balance, works.failing_since) == (Decimal(1_000_000), None)
    assert (gone.last_balance, gone.failing_since is None) == (None, False)


def test_a_provider_that_asks_for_patience_is_not_called_failing(operator: Browser, demo: DemoProvider) -> None:
    provider = add_provider(name="Busy", url=demo.url, key=demo.key)
    demo.control(next=["too_many_requests"], action="balance")
    page = run(operator, "ask_for_the_balance_now", provider)
    assert "Busy: The provider asks for fewer calls; ask again in a minute." in page
    provider.refresh_from_db()
    assert provider.failing_since is None


def test_a_key_nobody_can_read_is_said_not_raised(operator: Browser, settings: Any) -> None:
    from cryptography.fernet import Fernet

    provider = add_provider(name="Panel", url=FORM["url"], key=KEY)
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    page = run(operator, "ask_for_the_balance_now", provider)
    assert "Panel: Its key cannot be read" in page


def test_pauses_and_resumes(operator: Browser) -> None:
    provider = add_provider(name="Panel", url=FORM["url"], key=KEY)
    assert "Paused: Panel" in run(operator, "pause", provider)
    assert Provider.objects.get().active is False
    assert "Paused: none, they were paused already" in run(operator, "pause", provider)
    assert "Resumed: Panel" in run(operator, "resume", provider)
    assert Provider.objects.get().active is True
    actors = Event.objects.filter(kind__in=["provider.paused", "provider.resumed"]).values_list("actor", flat=True)
    assert list(actors) == ["alice@example.com"] * 2


def test_the_list_asks_the_database_as_often_for_ten_as_for_one(operator: Browser) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert operator.get(LIST).status_code == 200
        return len(captured)

    add_provider(name="first", url=FORM["url"], key=KEY)
    statements()
    one = statements()
    for number in range(9):
        add_provider(name=f"next {number}", url=FORM["url"], key=KEY)
    assert statements() == one


def test_finds_by_name_and_address(operator: Browser) -> None:
    for name in ("alpha", "beta"):
        add_provider(name=name, url=f"https://{name}.example/", key=KEY)
    page = operator.get(LIST, {"q": "beta.example"}).content.decode()
    assert "https://beta.example/" in page
    assert "https://alpha.example/" not in page
