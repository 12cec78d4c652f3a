"""docs/reseller-api.md names every refusal there is, in both dialects and with its cause, as it is declared."""

import re
from pathlib import Path

import pytest

from api_v2.errors import REFUSALS, documented
from api_v2.refusal import About
from tests.api_v2.refusing_alike import ONLY_STANDARD

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reseller-api.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\d{3}) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
SECTIONS = {
    About.TRANSPORT: "Transport errors",
    About.ANY_ACTION: "Errors of any action",
    About.AN_ACTION: "Errors of an action",
}


def in_classic(kind: type[Exception]) -> str:
    """What the page's column of the classic dialect says: its text where that is another, its status where not 200."""
    refusal = REFUSALS[kind]
    if refusal.only_standard:
        return "never"
    status, text = documented(kind, "classic")
    words = "same" if text == documented(kind, "standard")[1] else f"`{text}`"
    if refusal.apart:
        words += f"; of `{refusal.apart}`: `{documented(kind, 'classic', refusal.apart)[1]}`"
    return words if status == 200 else f"{words}, {status}"


def row(kind: type[Exception]) -> tuple[str, ...]:
    """How the page has one refusal: text, status, the classic dialect's column, and the cause."""
    status, text = documented(kind, "standard")
    return text, str(status), in_classic(kind), REFUSALS[kind].cause


@pytest.mark.parametrize("about", About)
def test_every_refusal_is_documented_once_in_its_section_as_it_is_declared(about):
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {SECTIONS[about]}\n")[2].partition("\n## ")[0]
    declared = sorted(row(kind) for kind, refusal in REFUSALS.items() if refusal.about == about)
    assert sorted(ROW.findall(section)) == declared


def test_no_refusal_is_documented_anywhere_else():
    assert len(ROW.findall(PAGE.read_text(encoding="utf-8"))) == len(REFUSALS)


def test_the_classic_dialect_never_answers_what_it_is_said_not_to():
    assert {kind.__name__ for kind, refusal in REFUSALS.items() if refusal.only_standard} == ONLY_STANDARD
