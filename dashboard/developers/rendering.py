"""The Markdown of a page as HTML: code in several languages under tabs, folded examples, badges, anchors, tables."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

LANGUAGES = {"sh": "curl", "javascript": "JavaScript", "python": "Python", "php": "PHP"}
NO_LETTERS = re.compile(r"[^a-z0-9_]+")
FOLDED = "h4"
COPY = '<button type="button" class="plain small js-only" data-copy data-copied="Copied">Copy</button>'


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a page: its level (1 to 4), the anchor that leads to it (none of the page's own), and its text."""

    level: int
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the text that stands under it, up to the next one; code in the languages left out."""

    heading: Heading
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """A page as HTML, with its sections in their order."""

    html: SafeString
    sections: tuple[Section, ...]

    @property
    def headings(self) -> list[Heading]:
        """Return what a table of contents names."""
        return [each.heading for each in self.sections if each.heading.level in {2, 3}]


def rendered(markdown: str) -> Rendered:
    """Return the page as HTML. HTML within the Markdown is text like any other."""
    tokens = MARKDOWN.parse(markdown)
    _set_anchors(tokens)
    for each in tokens:
        _make_badges(each)
    html = MARKDOWN.renderer.render(list(_folded(_in_tabs(tokens))), MARKDOWN.options, {})
    return Rendered(mark_safe(html), tuple(_sections(tokens)))  # noqa: S308 -- the renderer has escaped every text


def _set_anchors(tokens: Sequence[Token]) -> None:
    """Give each heading but the page's an id made of its text, behind the ids of those it stands under."""
    above: list[tuple[int, str]] = []
    for at, each in enumerate(tokens):
        level = int(each.tag[1]) if each.type == "heading_open" else 0
        if level > 1:
            words = NO_LETTERS.sub("-", _text(tokens[at + 1]).lower()).strip("-")
            above = [*(one for one in above if one[0] < level), (level, words)]
            each.attrSet("id", "-".join(one for _, one in above))


def _text(inline: Token) -> str:
    """Return the text of a line as a reader sees it."""
    children = inline.children or []
    return "".join(" " if each.type == "softbreak" else each.content for each in children)


def _make_badges(token: Token) -> None:
    """Make badges of a paragraph that is nothing but several pieces of code."""
    children = token.children or []
    pieces = [each for each in children if each.type == "code_inline"]
    if len(pieces) > 1 and all(each in pieces or not each.content.strip() for each in children):
        for each in pieces:
            each.type = "badge"


def _in_tabs(tokens: Sequence[Token]) -> Iterator[Token]:
    """Yield the tokens with fences that follow one another, each in another language, as one."""
    waiting: list[Token] = []
    for each in tokens:
        if each.type == "fence" and each.info in LANGUAGES:
            waiting.append(each)
            continue
        yield from _tabs(waiting)
        waiting = []
        yield each
    yield from _tabs(waiting)


def _tabs(fences: list[Token]) -> list[Token]:
    if len(fences) < 2:
        return fences
    return [Token("tabs", "", 0, meta={"fences": fences})]


def _folded(tokens: Iterator[Token]) -> Iterator[Token]:
    """Yield the tokens with what stands under a heading of the fourth level folded away behind it."""
    is_open = False
    for each in tokens:
        if each.type == "heading_open" and is_open:
            is_open = False
            yield Token("fold_close", "", -1)
        if each.type == "heading_open" and each.tag == FOLDED:
            is_open = True
            yield Token("fold_open", "", 1, attrs=each.attrs)
            continue
        yield Token("fold_opened", "", 0) if each.type == "heading_close" and each.tag == FOLDED else each
    if is_open:
        yield Token("fold_close", "", -1)


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    heading: Heading | None = None
    words: list[str] = []
    for at, each in enumerate(tokens):
        if each.type == "heading_open":
            if heading:
                yield Section(heading, " ".join(words))
            heading, words = Heading(int(each.tag[1]), str(each.attrs.get("id", "")), _text(tokens[at + 1])), []
        elif each.type == "inline" and tokens[at - 1].type != "heading_open":
            words.append(_text(each))
        elif each.type == "fence" and each.info not in LANGUAGES:
            words.append(" ".join(each.content.split()))
    if heading:
        yield Section(heading, " ".join(words))


class Renderer(RendererHTML):
    """Writes HTML; the methods are named for the tokens they write."""

    def heading_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Put a link to itself behind a heading."""
        opened = tokens[idx - 2]
        if tokens[idx].tag == "h1":
            return "</h1>\n"
        label = f"Link to {_text(tokens[idx - 1])}"
        return format_html(
            ' <a class="anchor" href="#{}" aria-label="{}">#</a></{}>\n', opened.attrs["id"], label, tokens[idx].tag
        )

    def fold_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Begin what is folded away with its heading."""
        return format_html('<details class="fold" id="{}"><summary><h4>', tokens[idx].attrs["id"])

    def fold_opened(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """End the heading of what is folded away."""
        return "</h4></summary>\n"

    def fold_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """End what is folded away."""
        return "</details>\n"

    def fence(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Write code with a button that copies it."""
        return _code(tokens[idx])

    def tabs(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Write the same code in several languages, one of which is shown at a time."""
        env["tabs"] = env.get("tabs", 0) + 1
        fences: list[Token] = tokens[idx].meta["fences"]
        choices = "".join(_choice(f"code-{env['tabs']}", each.info, each is fences[0]) for each in fences)
        label = "Language of this example"
        return f'<div class="tabs" role="group" aria-label="{label}">{choices}{"".join(map(_code, fences))}</div>\n'

    def table_open(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Begin a table, which may be wider than the page."""
        return '<div class="table" tabindex="0"><table>\n'

    def table_close(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """End it."""
        return "</table></div>\n"

    def badge(self, tokens: Sequence[Token], idx: int, options: Any, env: Any) -> str:
        """Write a badge."""
        return format_html('<span class="badge">{}</span>', tokens[idx].content)


def _code(fence: Token) -> str:
    return format_html(
        '<div class="copy-box {}"><pre tabindex="0"><code>{}</code></pre>{}</div>\n',
        fence.info,
        fence.content,
        mark_safe(COPY),  # noqa: S308 -- a constant
    )


def _choice(group: str, language: str, is_first: bool) -> str:
    return format_html(
        '<input type="radio" class="{0}" name="{1}" id="{1}-{0}" data-language="{0}"{2}>'
        '<label for="{1}-{0}">{3}</label>',
        language,
        group,
        mark_safe(" checked") if is_first else "",
        LANGUAGES[language],
    )


MARKDOWN = MarkdownIt("commonmark", {"html": False}, renderer_cls=Renderer).enable("table")
