"""Everything a reader can be shown is there in every language, and what runs is what was translated."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
LANGUAGES = [code for code, _ in settings.LANGUAGES if code != "en"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sdif]|\{\w*\}")


def catalogue(language: str) -> polib.POFile:
    return polib.pofile(str(ROOT / "dashboard" / "locale" / language / "LC_MESSAGES" / "django.po"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated_and_none_is_a_guess(language: str) -> None:
    entries = catalogue(language)
    assert [each.msgid for each in entries if each.fuzzy or not each.translated()] == []
    assert len(entries) > 100


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_translation_has_the_placeholders_of_its_text(language: str) -> None:
    for each in catalogue(language):
        forms = list(each.msgstr_plural.values()) or [each.msgstr]
        wanted = [set(PLACEHOLDER.findall(text)) for text in (each.msgid, each.msgid_plural) if text]
        for form in forms:
            assert set(PLACEHOLDER.findall(form)) in wanted, (each.msgid, form)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_runs_is_made_of_what_was_translated(language: str) -> None:
    po = catalogue(language)
    mo = polib.mofile(str(ROOT / "dashboard" / "locale" / language / "LC_MESSAGES" / "django.mo"))
    assert {(each.msgctxt, each.msgid, each.msgstr, str(each.msgstr_plural)) for each in mo} == {
        (each.msgctxt, each.msgid, each.msgstr, str(each.msgstr_plural)) for each in po
    }, "run: make texts"


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="xgettext is not installed (Debian: gettext)")
def test_no_text_is_missing_from_the_catalogues(tmp_path: Path) -> None:
    """Extract the texts anew, in a copy, and compare."""
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        if name.endswith((".py", ".html", ".txt", ".po")) and not name.startswith(("tests/", "bench/")):
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    extract = [sys.executable, "manage.py", "gather_texts", "--extract-only"]
    subprocess.run(extract, cwd=tmp_path, capture_output=True, check=True)
    for language in LANGUAGES:
        fresh = polib.pofile(str(tmp_path / "dashboard" / "locale" / language / "LC_MESSAGES" / "django.po"))
        known = {(each.msgctxt, each.msgid) for each in catalogue(language)}
        assert {(each.msgctxt, each.msgid) for each in fresh} == known, "run: make texts"
