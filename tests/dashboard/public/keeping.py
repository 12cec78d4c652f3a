"""What may be kept of public pages, by whom: nobody's own page by anybody, and no cookie for who only reads."""

import pytest
from django.test import Client

from tests.conftest import Person

pytestmark = pytest.mark.django_db
PAGES = ["/", "/services", "/services?q=likes", "/faq", "/terms", "/privacy", "/refunds"]


def varies_by(answer) -> set[str]:
    return {each.strip() for each in answer.headers["Vary"].split(",")}


@pytest.mark.parametrize("page", PAGES)
def test_a_strangers_page_is_anybodys_for_a_minute(client: Client, page: str) -> None:
    answer = client.get(page)
    assert answer.headers["Cache-Control"] == "public, max-age=60"
    assert varies_by(answer) == {"Cookie", "Accept-Language"}


@pytest.mark.parametrize("page", PAGES)
def test_who_only_reads_gets_no_cookie(client: Client, page: str) -> None:
    answer = client.get(page)
    assert not answer.cookies
    assert b"csrfmiddlewaretoken" not in answer.content
    assert b"X-CSRFToken" not in answer.content


@pytest.mark.parametrize("page", PAGES)
def test_whoever_is_logged_in_has_the_page_alone(client: Client, alice: Person, page: str) -> None:
    client.force_login(alice.user)
    answer = client.get(page)
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert b"X-CSRFToken" in answer.content


def test_a_page_with_a_message_for_somebody_is_not_kept(client: Client) -> None:
    client.cookies["messages"] = "W10"
    assert client.get("/").headers["Cache-Control"] == "private, no-cache"


def test_the_colours_and_the_language_are_chosen_without_a_cookie_before(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/theme", {"theme": "dark", "next": "/faq"}).headers["Location"] == "/faq"
    assert strict.post("/language", {"language": "tr", "next": "/faq"}).headers["Location"] == "/faq"
    page = strict.get("/faq").content.decode()
    assert '<html lang="tr" data-theme="dark">' in page
    assert set(strict.cookies) == {"theme", "django_language"}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_read_and_nothing_else(client: Client, page: str) -> None:
    assert client.head(page).status_code == 200
    assert client.post(page).status_code == 405
