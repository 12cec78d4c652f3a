"""The pages for what went wrong: in the panel's look, in the reader's language, whatever else fails beside it."""

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.db import OperationalError
from django.test import Client

from accounts.operations import create_operator
from dashboard.public import failing, pages
from tests.conftest import Person

pytestmark = pytest.mark.django_db
LOOKS = '<link rel="stylesheet" href="/static/dashboard/public.css">'


@pytest.fixture
def browser() -> Client:
    """What a browser is shown where a test's own client would raise."""
    return Client(raise_request_exception=False, enforce_csrf_checks=True)


def wrong(answer, status: int, says: str) -> bool:
    assert answer.status_code == status
    assert f"<h1>{says}</h1>" in answer.content.decode()
    assert LOOKS in answer.content.decode()
    assert answer.headers["Cache-Control"] == "private, no-store"
    return True


@pytest.mark.parametrize("path", ["/nothing", "/nothing/", "/accounts/nothing", "/dashboard/nothing", "/x/y", "/a.php"])
def test_there_is_no_such_page(browser: Client, path: str) -> None:
    assert wrong(browser.get(path), 404, "There is no such page")


def test_somebody_who_is_logged_in_finds_the_way_back(browser: Client, alice: Person) -> None:
    browser.force_login(alice.user)
    answer = browser.get("/nothing")
    assert wrong(answer, 404, "There is no such page")
    assert 'href="/dashboard">Dashboard</a>' in answer.content.decode()


def test_the_operators_pages_that_are_not_there_look_the_same(browser: Client, tiers: None) -> None:
    browser.force_login(create_operator(email="bob@panel.example", password=None))
    assert wrong(browser.get("/admin/accounts/nothing/"), 404, "There is no such page")
    assert wrong(browser.get("/admin/wallets/entry/add/"), 403, "This page is not for you")


def test_a_form_without_its_token_was_not_sent(browser: Client) -> None:
    assert wrong(browser.post("/accounts/login/", {"login": "alice@example.com"}), 403, "The form was not sent")


def test_a_host_that_is_not_the_panels_is_not_understood(browser: Client) -> None:
    answer = browser.get("/", headers={"Host": "evil.example"})
    assert wrong(answer, 400, "This request was not understood")
    assert "evil.example" not in answer.content.decode()


@pytest.fixture
def home_fails(monkeypatch) -> None:
    def fail(*args):
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(pages, "text", fail)


def test_what_fails_is_said_to_have_failed_and_no_more(browser: Client, home_fails, alice: Person) -> None:
    browser.force_login(alice.user)
    answer = browser.get("/")
    assert wrong(answer, 500, "Something failed here")
    assert "hunter2" not in answer.content.decode()
    assert not answer.cookies


def test_without_the_database_there_is_still_a_page_that_says_so(browser: Client, alice: Person, monkeypatch) -> None:
    def fail(session):
        raise OperationalError("the database is away")

    browser.force_login(alice.user)
    monkeypatch.setattr(SessionStore, "load", fail)
    assert wrong(browser.get("/"), 500, "Something failed here")
    assert wrong(browser.get("/nothing"), 500, "Something failed here")
    assert browser.get("/status").status_code == 200


def test_where_that_page_fails_too_a_bare_one_is_left(browser: Client, home_fails, monkeypatch) -> None:
    def fail(*args):
        raise RuntimeError("a template is broken")

    monkeypatch.setattr(failing, "shown_alone", fail)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "<h1>Something failed here</h1>" in answer.content.decode()


@pytest.mark.parametrize("language", ["tr", "es"])
def test_is_in_the_readers_language_and_colours(browser: Client, home_fails, language: str) -> None:
    browser.cookies["theme"] = "dark"
    for path in ("/nothing", "/"):
        page = browser.get(path, headers={"Accept-Language": language}).content.decode()
        assert f'<html lang="{language}" data-theme="dark">' in page
