"""The texts a panel starts with: all there in each language, alike, and nothing in them that may be false."""

import re

import pytest
from django.conf import settings
from django.urls import resolve

from dashboard.markdown import rendered
from dashboard.models import Slug
from dashboard.starting_texts import FOLDER, starting_text

LANGUAGES = [code for code, _ in settings.LANGUAGES]
EACH = [(slug, language) for slug in Slug.values for language in LANGUAGES]
NOT_SAID = {"en": "has not yet", "tr": "henüz", "es": "todavía no ha"}


def test_there_is_one_of_each_in_each_language_and_no_other():
    assert sorted(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.*")) == sorted(
        f"{language}/{slug}.md" for slug, language in EACH
    )


@pytest.mark.parametrize("slug", Slug.values)
def test_it_is_built_alike_in_all_languages(slug):
    def structure(language):
        title, body = starting_text(slug, language)
        lines = body.splitlines()
        items = sum(line.startswith("- ") for line in lines), sum(line.startswith("| ") for line in lines)
        links = re.findall(r"\]\((.*?)\)", body)
        return (
            bool(title),
            [heading.level for heading in rendered(body).headings],
            items,
            links,
            body.count("{{panel}}"),
        )

    assert structure("tr") == structure("es") == structure("en")


@pytest.mark.parametrize(("slug", "language"), EACH)
def test_no_number_stands_in_it_that_a_setting_could_make_false(slug, language):
    title, body = starting_text(slug, language)
    assert set(re.findall(r"\d[\d.,]*\d|\d", title + body)) <= {"1000"}  # a rate is for 1000, by the API's contract


@pytest.mark.parametrize(("slug", "language"), [each for each in EACH if each[0] != "front"])
def test_it_says_that_the_operator_has_not_said_it_yet(slug, language):
    assert NOT_SAID[language] in " ".join(starting_text(slug, language)[1].split())


@pytest.mark.parametrize("slug", Slug.values)
def test_what_it_links_to_is_a_page_of_the_panel(slug):
    for address in re.findall(r"\]\((.*?)\)", starting_text(slug, "en")[1]):
        assert resolve(address).app_names == ["dashboard"]


@pytest.mark.parametrize("word", ["24/7", "guarantee", "instant delivery", "GDPR", "Ltd", "@", "http"])
def test_it_promises_and_claims_nothing(word):
    for slug in Slug.values:
        assert word.lower() not in " ".join(starting_text(slug, "en")).lower()
