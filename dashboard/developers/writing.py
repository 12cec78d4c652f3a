"""A page as Markdown: what machines are given, and what the page for people is rendered from."""

import re
from functools import lru_cache
from pathlib import Path

from dashboard.developers.pages import PAGES
from dashboard.developers.parts import part
from dashboard.developers.reader import ANYWHERE, Reader

TEXTS = Path(__file__).parent / "texts"
LEFT_OUT = re.compile(r"\{\{ ([^}]+) \}\}")
MOST_KEPT = 64  # pages; the one that names the tiers is another one with every change of them


def markdown(slug: str, reader: Reader) -> str:
    """Return a page, for this reader.

    :raises KeyError: where there is no such page.
    """
    return reader.put_into(_for_anybody(slug, Reader(ANYWHERE, reader.tiers)))


@lru_cache(maxsize=MOST_KEPT)
def _for_anybody(slug: str, reader: Reader) -> str:
    page = PAGES[slug]
    text = (TEXTS / f"{slug}.md").read_text(encoding="utf-8")
    filled = LEFT_OUT.sub(lambda found: part(reader, found[1]).strip(), text)
    return f"# {page.title}\n\n{page.sentence}\n\n{filled.strip()}\n"
