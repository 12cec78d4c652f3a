"""What stands around every page: the balance, the language, the colours, and what the browser is allowed."""

from decimal import Decimal

import pytest
from django.test import Client

import wallets.queries
from kit import records
from tests.conftest import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def alices(client: Client, alice: Person) -> Client:
    client.force_login(alice.user)
    return client


def test_the_balance_is_the_one_the_api_has_in_its_cache(alices: Client, alice: Person) -> None:
    records.write(wallets.queries.balance_record(alice.id, Decimal("7.125"), 10**6))
    assert "<b>$7.125</b>" in alices.get("/dashboard/balance").content.decode()


def test_pages_ask_who_it_is(client: Client, db: None) -> None:
    answer = client.get("/dashboard")
    assert answer.status_code == 302


def test_nothing_from_elsewhere_runs_on_a_page(alices: Client) -> None:
    policy = alices.get("/dashboard").headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy


def test_nor_on_what_is_answered_before_any_page(client: Client, db: None) -> None:
    answer = client.get("/dashboard", headers={"Host": "nobodys.example"})
    assert answer.status_code == 400
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("language", "says"), [("en", "en"), ("tr", "tr"), ("es", "es"), ("xx", "en")])
def test_the_language_is_kept(alices: Client, language: str, says: str) -> None:
    answer = alices.post("/language", {"language": language, "next": "/dashboard"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/dashboard")
    assert f'<html lang="{says}"' in alices.get("/dashboard").content.decode()


def test_a_browser_is_answered_in_its_own_language(alices: Client) -> None:
    assert '<html lang="es"' in alices.get("/dashboard", headers={"Accept-Language": "es-MX"}).content.decode()


def test_the_operators_admin_stays_in_english(client: Client, db: None) -> None:
    answer = client.get("/admin/login/", headers={"Accept-Language": "es"})
    assert answer.headers["Content-Language"] == "en"
    assert "Contraseña" not in answer.content.decode()


@pytest.mark.parametrize(("theme", "shown"), [("dark", True), ("light", True), ("pink", False)])
def test_the_colours_are_kept(alices: Client, theme: str, shown: bool) -> None:
    alices.post("/theme", {"theme": theme})
    assert (f'data-theme="{theme}"' in alices.get("/dashboard").content.decode()) is shown


@pytest.mark.parametrize("there", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_no_choice_leads_to_another_host(alices: Client, there: str) -> None:
    for path in ("/language", "/theme"):
        assert alices.post(path, {"next": there}).headers["Location"] == "/"
