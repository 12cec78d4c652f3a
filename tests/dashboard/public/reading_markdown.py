"""Markdown of whoever wrote it: nothing of it runs, leads to a script, or asks another host for anything."""

from html.parser import HTMLParser

import pytest

from dashboard.markdown import Heading, rendered

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<div onclick=alert(1)>\n\ntext\n\n</div>",
    "<!-- --><svg onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](javascript&colon;alert(1))",
    "[a](&#106;avascript:alert(1))",
    "[a](\x01javascript:alert(1))",
    "[a](vbscript:x)",
    "[a](data:text/html;base64,PHNjcmlwdD4=)",
    "[a](file:///etc/passwd)",
    "[a](//evil.example)",
    "[a](/\\evil.example)",
    "[a](/\t/evil.example)",
    "<javascript:alert(1)>",
    "[a]: javascript:alert(1)\n\n[a]",
    "![a](https://evil.example/who-reads.png)",
    "![a](data:image/svg+xml,<svg/onload=alert(1)>)",
    '[a](https://example.com/"onmouseover="alert(1))',
    '[a](https://example.com "x" onmouseover="alert(1)")',
    '```"><script>\nalert(1)\n```',
    '# " onclick=alert(1) x="\n\n## <script>alert(1)</script>',
    "|a|\n|:-:|\n|<script>alert(1)</script>|",
    "`</code><script>alert(1)</script>`",
]
TAGS = {
    *(
        "p",
        "a",
        "em",
        "strong",
        "code",
        "pre",
        "ul",
        "ol",
        "li",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "blockquote",
        "hr",
        "br",
    ),
    *("div", "table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"href", "title", "id", "class", "tabindex", "start"}


class Seen(HTMLParser):
    """Every tag and attribute of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes.extend(attrs)


@pytest.mark.parametrize("source", HOSTILE)
def test_a_hostile_text_is_shown_and_does_nothing(source):
    seen = Seen(rendered(source).html)
    assert seen.tags <= TAGS
    assert {name for name, _ in seen.attributes} <= ATTRIBUTES
    for name, value in seen.attributes:
        if name == "href":
            assert value.startswith(("https://", "/")), value
            assert not value.startswith(("//", "/\\", "/\t")), value


@pytest.mark.parametrize(
    "address",
    ["https://example.com/a?b=1", "http://example.com", "mailto:bob@panel.example", "/faq#on-prices", "#on-x"],
)
def test_a_link_leads_to_pages_and_mail(address):
    assert f'<a href="{address}">there</a>' in rendered(f"[there]({address})").html


def test_headings_have_names_to_link_to_and_begin_below_the_pages_own():
    page = rendered("# Prices\n\n## Ödeme `API` *now*\n\n### Prices\n\n## ???")
    assert page.headings == (
        Heading("on-prices", "Prices", 2),
        Heading("on-ödeme-api-now", "Ödeme API now", 2),
        Heading("on-prices-2", "Prices", 3),
        Heading("on-", "???", 2),
    )
    assert '<h2 id="on-prices">Prices</h2>' in page.html
    assert '<h3 id="on-prices-2">Prices</h3>' in page.html


def test_a_table_is_aligned_without_a_style_and_scrolls_by_keyboard():
    html = rendered("|a|b|\n|-|-:|\n|1|2|\n\n```\ncode\n```").html
    assert "style=" not in html
    assert '<div class="table" tabindex="0"><table>' in html
    assert '<td class="number">2</td>' in html
    assert '<pre tabindex="0">' in html


def test_deep_nesting_ends():
    assert rendered(">" * 5000 + " x").html
    assert rendered("[" * 5000).html
    assert rendered("*a " * 5000).html
