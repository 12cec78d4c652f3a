"""FAQ, terms, privacy, refunds: each in the reader's language, and nobody's text can harm a reader."""

import pytest
from django.test import Client

from dashboard.operations import edit_text
from dashboard.starting_texts import starting_text
from tests.admin.conftest import text
from tests.conftest import Person

pytestmark = pytest.mark.django_db
SLUGS = ("faq", "terms", "privacy", "refunds")


@pytest.mark.parametrize("slug", SLUGS)
def test_stands_in_the_readers_language(client: Client, slug: str) -> None:
    for language in ("en", "tr", "es"):
        page = client.get(f"/{slug}", headers={"Accept-Language": language}).content.decode()
        assert f"<h1>{starting_text(slug, language)[0]}</h1>" in page
        assert f'<html lang="{language}"' in page
        assert f'<article class="prose" lang="{language}">' in page


def test_says_when_the_operator_changed_it_and_in_which_language_it_is(client: Client) -> None:
    assert "Last changed" not in text(client.get("/terms"))
    edit_text(slug="terms", language="tr", title="Koşullar", body="Adil olun.", actor="bob")
    answer = client.get("/terms", headers={"Accept-Language": "en"})
    page = answer.content.decode()
    assert '<article class="prose" lang="tr">' in page
    assert "<h1>Koşullar</h1>" in page
    assert "Last changed:" in text(answer)


def test_a_hostile_text_is_shown_and_does_nothing(client: Client) -> None:
    edit_text(
        slug="terms",
        language="en",
        title="</title><script>alert(1)</script>",
        body="<script>alert(2)</script>\n\n[here](javascript:alert(3))\n\n## <img src=x onerror=alert(4)>\n\n" * 4,
        actor="bob",
    )
    answer = client.get("/terms")
    page = answer.content.decode()
    assert page.count("<script") == client.get("/faq").content.decode().count("<script")
    for harm in ("</title><script>", "<img src=x", 'href="javascript:', "<script>alert"):
        assert harm not in page
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]


def test_a_long_one_has_its_headings_beside_it(client: Client) -> None:
    page = client.get("/faq").content.decode()
    assert '<a href="#on-prices">Prices</a>' in page
    assert '<h2 id="on-prices">Prices</h2>' in page


def test_how_to_deposit_is_no_page_of_its_own(client: Client) -> None:
    assert client.get("/deposits").status_code == 404


@pytest.mark.parametrize("slug", SLUGS)
def test_takes_one_statement(client: Client, slug: str, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        client.get(f"/{slug}")


def test_searches_are_told_what_it_is_and_its_one_address(client: Client, settings) -> None:
    settings.PANEL_URL = "https://panel.example"
    page = client.get("/terms?from=elsewhere").content.decode()
    assert '<link rel="canonical" href="https://panel.example/terms">' in page
    assert '<meta name="description" content="The operator of this panel has not yet written their terms.' in page


def test_somebody_who_is_logged_in_reads_the_same(client: Client, alice: Person) -> None:
    client.force_login(alice.user)
    assert "<h1>Terms</h1>" in client.get("/terms").content.decode()
