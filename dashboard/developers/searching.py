"""Looking through the sections of all pages for words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from dashboard.developers.pages import PAGES, Page
from dashboard.developers.reader import ANYWHERE, Reader
from dashboard.developers.rendering import Section, rendered
from dashboard.developers.writing import markdown

MOST_FOUND = 20
MOST_WORDS = 10  # of a question
BEFORE, LONGEST_EXCERPT = 60, 220  # characters before the first word that was found, and in all
IN_TITLE, IN_HEADING, WHOLE_WORD = 8, 6, 2  # how much more a word counts there


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of an excerpt, which is or is not what was looked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A section that has all the words, and the words around the first."""

    page: Page
    section: Section
    excerpt: tuple[Piece, ...]

    @property
    def address(self) -> str:
        """Return where the section is."""
        return self.page.path if self.section.heading.level == 1 else f"{self.page.path}#{self.section.heading.anchor}"


def search(question: str, reader: Reader) -> list[Found]:
    """Return the sections that have every word of the question, those that name them in a heading first."""
    words = question.lower().split()[:MOST_WORDS]
    if not words:
        return []
    scored = [(_score(words, page, section), page, section) for page, section in _sections()]
    best = sorted((each for each in scored if each[0]), key=lambda each: -each[0])[:MOST_FOUND]
    return [Found(page, section, tuple(_excerpt(words, reader.put_into(section.text)))) for _, page, section in best]


@cache
def _sections() -> tuple[tuple[Page, Section], ...]:
    anybody = Reader(ANYWHERE)
    return tuple((page, each) for page in PAGES.values() for each in rendered(markdown(page.slug, anybody)).sections)


def _score(words: list[str], page: Page, section: Section) -> int:
    """Return how well the section answers; nothing where a word is not in it."""
    text, heading, title = section.text.lower(), section.heading.text.lower(), page.title.lower()
    total = 0
    for word in words:
        counted = text.count(word) and 1 + WHOLE_WORD * bool(re.search(rf"\b{re.escape(word)}\b", text))
        score = counted + IN_HEADING * (word in heading) + IN_TITLE * (word in title and section.heading.level == 1)
        if not score:
            return 0
        total += score
    return total


def _excerpt(words: list[str], text: str) -> Iterator[Piece]:
    """Yield the text around the first word that is in it, cut into what was looked for and what stands between."""
    wanted = re.compile("|".join(re.escape(each) for each in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    first = wanted.search(text)
    start = max(first.start() - BEFORE, 0) if first else 0
    shown = text[start : start + LONGEST_EXCERPT]
    if start:
        yield Piece("…", hit=False)
    at = 0
    for found in wanted.finditer(shown):
        yield Piece(shown[at : found.start()], hit=False)
        yield Piece(found[0], hit=True)
        at = found.end()
    yield Piece(shown[at:] + ("…" if start + LONGEST_EXCERPT < len(text) else ""), hit=False)
