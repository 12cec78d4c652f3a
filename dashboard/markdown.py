"""Markdown that an operator wrote, as a page shows it: no HTML of his own, no link but to pages and mail.

What is not understood is shown as it was written. Pictures are not: one from elsewhere would tell its host who reads.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.text import slugify
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

LINK = re.compile(r"https?://|mailto:|#|/(?![/\\])", re.IGNORECASE)  # a browser takes `/\` for `//`, another host
RIGHT = "text-align:right"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the text: its id on the page, its words, and how deep it lies (2 to 6)."""

    id: str
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Rendered:
    """A text as HTML that is safe to show, and its headings in their order."""

    html: SafeString
    headings: tuple[Heading, ...]


@lru_cache(maxsize=128)
def rendered(source: str) -> Rendered:
    """Return the Markdown as HTML."""
    told: dict[str, list[Heading]] = {"headings": []}
    html = READER.render(source, told).replace(
        "<pre>", '<pre tabindex="0">'
    )  # too wide, it is scrolled by keyboard too
    # Nothing in it is the operator's own HTML: the reader writes every tag, and escapes all else.
    return Rendered(SafeString(html), tuple(told["headings"]))


def _name_headings(state: StateCore) -> None:
    """Give each heading an id; the page's own heading is the first of it, so the text's begin at the second level."""
    taken: set[str] = set()
    for opening, inline, closing in zip(state.tokens, state.tokens[1:], state.tokens[2:], strict=False):
        if opening.type != "heading_open":
            continue
        level = max(2, int(opening.tag[1:]))
        opening.tag = closing.tag = f"h{level}"
        text = _words(inline)
        name = _free(f"on-{slugify(text, allow_unicode=True)}", taken)
        opening.attrSet("id", name)
        state.env["headings"].append(Heading(name, text, level))


def _words(inline: Token) -> str:
    return "".join(child.content for child in inline.children or () if child.type in {"text", "code_inline"})


def _free(name: str, taken: set[str]) -> str:
    """Return the name, numbered where it is taken; `on-` keeps it from the ids of the page around it."""
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    taken.add(free)
    return free


def _without_styles(state: StateCore) -> None:
    """Say by a class what a table's column is aligned by: the page's policy lets no style through."""
    for token in state.tokens:
        if token.attrs.pop("style", None) == RIGHT:
            token.attrSet("class", "number")


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    reader.validateLink = lambda url: LINK.match(url) is not None  # type: ignore[method-assign]
    reader.core.ruler.push("headings", _name_headings)
    reader.core.ruler.push("styles", _without_styles)
    reader.add_render_rule("table_open", lambda *_: '<div class="table" tabindex="0"><table>\n')
    reader.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return reader


READER = _reader()
