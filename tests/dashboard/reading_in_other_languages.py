"""Whoever reads another language finds no English left on a page whose texts are translated."""

import re
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.test import Client
from django.utils.html import strip_tags

from tests.dashboard.walking import addresses
from tests.dashboard.world import World, world

pytestmark = pytest.mark.django_db
__all__ = ["world"]
PLACEHOLDER = re.compile(r"%%|%\\\(\w+\\\)[sd]|\\\{\w*\\\}")
SAID_IN = re.compile(r'\b(?:title|aria-label|placeholder|alt|data-[a-z]+)="([^"]*)"')
NOT_READ = re.compile(r"<(script|style|code|pre)\b.*?</\1>", re.S)
IN_ENGLISH = ("developers", "api")  # for programs and those who write them


def english(language: str) -> re.Pattern[str]:
    """Return what finds a text in English that the language has words for."""
    po = polib.pofile(str(Path(settings.BASE_DIR) / "dashboard" / "locale" / language / "LC_MESSAGES" / "django.po"))
    texts = {form for each in po for form in (each.msgid, each.msgid_plural) if form and form != each.msgstr}
    known = {each.msgstr for each in po} | {form for each in po for form in each.msgstr_plural.values()}
    wholes = [PLACEHOLDER.sub(".+", re.escape(strip_tags(text))) for text in texts - known]
    return re.compile("|".join(whole for whole in wholes if re.search("[A-Za-z]{3}", whole)))


def said_on(page: str) -> set[str]:
    """Return the texts of a page, each between two tags or in an attribute that is shown or read out."""
    page = NOT_READ.sub("<>", page)
    return {" ".join(text.split()) for text in [*re.split(r"<[^>]*>", page), *SAID_IN.findall(page)] if text.strip()}


@pytest.mark.parametrize("language", ["tr", "es"])
def test_no_page_is_in_two_languages(world: World, language: str) -> None:
    in_english = english(language)
    left: dict[str, str] = {}
    for who in (None, world.alice.user):
        browser = Client(headers={"Accept-Language": language})
        if who:
            browser.force_login(who)
        for each in addresses():
            if each.route.startswith(IN_ENGLISH) or not set(each.parameters) <= set(world.things):
                continue
            answer = browser.get(each.of(world.things))
            if answer.headers.get("Content-Type", "").startswith("text/html") and not answer.streaming:
                found = {text for text in said_on(answer.content.decode()) if in_english.fullmatch(text)}
                left |= dict.fromkeys(found, each.route)
    assert left == {}
