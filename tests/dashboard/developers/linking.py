"""Every link within the documentation leads somewhere, and every anchor is there once."""

import re
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve

from dashboard.developers.pages import PAGES, ROOT, around
from tests.dashboard.developers.printed import read

pytestmark = pytest.mark.django_db


@pytest.fixture
def pages(client):
    """Fetch every page."""
    return {page.path: client.get(page.path).content.decode() for page in PAGES.values()}


def test_every_link_within_the_panel_leads_somewhere(client, pages):
    ids = {path: set(read(html).ids) for path, html in pages.items()}
    for path, html in pages.items():
        for link in read(html).links:
            parts = urlsplit(link)
            if parts.netloc:
                assert parts.scheme == "https", link
                continue
            target = parts.path or path
            assert leads_somewhere(target), f"{path}: {link}"
            if parts.fragment and target in ids:
                assert parts.fragment in ids[target], f"{path}: {link}"


def leads_somewhere(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def test_the_documentation_s_own_addresses_answer(client, pages):
    links = {link for html in pages.values() for link in read(html).links}
    own = {link.partition("#")[0] for link in links if link.startswith((ROOT, "/llms"))}
    assert {f"{ROOT}/openapi.json", "/llms.txt", "/llms-full.txt"} <= own
    for link in own:
        assert client.get(link).status_code == 200, link


def test_an_id_is_there_once(pages):
    for path, html in pages.items():
        ids = read(html).ids
        assert len(ids) == len(set(ids)), path


def test_every_heading_has_an_anchor_and_its_line_in_the_contents(pages):
    for path, html in pages.items():
        headings = re.findall(r'<h([23]) id="([^"]+)"', html)
        contents = re.findall(r'<li class="level-(\d)"><a href="#([^"]+)"', html)
        assert contents == headings, path
        assert html.count("<h1") == 1


def test_each_page_leads_to_the_next(pages):
    slugs = list(PAGES)
    for before, slug, after in zip([None, *slugs[:-1]], slugs, [*slugs[1:], None], strict=True):
        assert around(slug) == (before and PAGES[before], after and PAGES[after])
        html = pages[PAGES[slug].path]
        assert ('rel="prev"' in html) == (before is not None)
        assert ('rel="next"' in html) == (after is not None)


def test_the_menu_says_where_the_reader_is(pages):
    for path, html in pages.items():
        (menu,) = re.findall(r'<nav class="manual-menu".*?</nav>', html, re.DOTALL)
        assert re.findall(r'<a href="([^"]+)" aria-current="page">', menu) == [path]
