"""The search finds sections by their words, as a page of its own and live; a question is never more than text."""

import re

import pytest

from dashboard.developers.reader import Reader
from dashboard.developers.searching import MOST_FOUND, search
from tests.dashboard.developers.printed import read

pytestmark = pytest.mark.django_db
READER = Reader("https://panel.example")


def addresses(question):
    return [each.address for each in search(question, READER)]


@pytest.mark.parametrize(
    ("question", "address"),
    [
        ("cancel", "/developers/cancel"),
        ("CANCEL", "/developers/cancel"),
        ("rate limits", "/developers/rate-limits"),
        ("verifying", "/developers/manage-webhooks#verifying"),
        ("types of service", "/developers/place-order#types-of-service"),
        ("two dialects", "/developers#two-dialects"),
        ("Retry-After", "/developers/rate-limits#headers"),
    ],
)
def test_what_is_about_it_is_among_the_first(question, address):
    assert address in addresses(question)[:5]


@pytest.mark.parametrize(
    ("question", "page"),
    [
        ("old_posts", "/developers/place-order"),
        ("Idempotent-Replay", "/developers/place-order"),
        ("EndpointLimitReached at most 5 per API key", None),
        ("at most 5 per API key", "/developers/manage-webhooks"),
        ("order.refunded", "/developers/manage-webhooks"),
        ("smmpy", "/developers/sdks-and-libraries"),
    ],
)
def test_every_word_has_to_be_there(question, page):
    found = [each.partition("#")[0] for each in addresses(question)]
    assert (page in found) if page else found == []


@pytest.mark.parametrize("question", ["", "   ", "qwertyuiop"])
def test_nothing_is_found_where_there_is_nothing(question):
    assert search(question, READER) == []


def test_the_excerpt_shows_the_words_where_they_stand():
    found = next(each for each in search("half done", READER) if each.page.slug == "errors")
    hits = [piece.text.lower() for piece in found.excerpt if piece.hit]
    assert {"half", "done"} <= set(hits)
    assert "nothing is half done" in "".join(piece.text for piece in found.excerpt)


def test_no_more_than_twenty_are_shown():
    assert len(search("the", READER)) == MOST_FOUND


def test_it_works_as_a_form_without_any_script(client):
    html = client.get("/developers/search", {"q": "refund at once"}).content.decode()
    assert "<html" in html
    assert '<form class="manual-search" role="search" action="/developers/search" method="get">' in html
    assert 'value="refund at once"' in html
    results = re.findall(r'<a href="([^"]+)">([^<]+)</a>\s*<p>', html)
    assert ("/developers/cancel#notes", "Cancel › Notes") in results  # noqa: RUF001 -- the sign that is shown
    assert "<mark>refund</mark>" in html


def test_htmx_gets_the_results_alone(client):
    answer = client.get("/developers/search", {"q": "refund"}, headers={"HX-Request": "true"})
    assert "<html" not in answer.content.decode()
    assert '<section class="manual-found card">' in answer.content.decode()
    assert "HX-Request" in answer["Vary"]
    assert client.get("/developers/search", {"q": ""}, headers={"HX-Request": "true"}).content.strip() == b""


def test_what_is_not_found_is_said(client):
    assert (
        "No section has all of these words." in client.get("/developers/search", {"q": "qwertyuiop"}).content.decode()
    )


def test_every_result_leads_to_its_section(client):
    for address in addresses("the order"):
        path, _, anchor = address.partition("#")
        ids = read(client.get(path).content.decode()).ids
        assert not anchor or anchor in ids


@pytest.mark.parametrize(
    "question",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{ settings.SECRET_KEY }}",
        "order <b>",
        "\0order",
        "(((((",
        "[a-",
        "a" * 10_000,
        "ö\u202eß",
        "' OR 1=1 --",
    ],
)
@pytest.mark.parametrize("live", [True, False])
def test_a_hostile_question_is_text(client, question, live):
    answer = client.get("/developers/search", {"q": question}, headers={"HX-Request": "true"} if live else {})
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert "<b>" not in html
    assert len(html) < 60_000
