"""The pages as people see them, as machines read them, and the search over them."""

from dataclasses import replace
from functools import lru_cache

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import cache_control
from django.views.decorators.http import conditional_page, require_safe
from django.views.decorators.vary import vary_on_headers

from dashboard.developers import listing
from dashboard.developers.openapi.document import document
from dashboard.developers.pages import GROUPS, OVERVIEW, PAGES, ROOT, around
from dashboard.developers.reader import ANYWHERE, Reader, came, told_of_tiers
from dashboard.developers.rendering import Rendered, rendered
from dashboard.developers.searching import search
from dashboard.developers.writing import MOST_KEPT, markdown

NAMES_TIERS = "rate-limits"
LONGEST_QUESTION = 200
for_machines = cache_control(public=True, max_age=300)
PLAIN = "text/plain; charset=utf-8"
MARKDOWN = "text/markdown; charset=utf-8"


@require_safe
@cache_control(private=True, no_cache=True)
@conditional_page
def page(request: HttpRequest, slug: str = OVERVIEW) -> HttpResponseBase:
    """Show a page of the documentation."""
    reader = _reader(request, slug)
    before, after = around(slug)
    told = {
        "page": PAGES[slug],
        "groups": GROUPS,
        "shown": _shown(slug, reader),
        "before": before,
        "after": after,
        "markdown": f"{ROOT}/{slug}.md",
    }
    return render(request, "dashboard/developers/page.html", told)


@require_safe
def first_page(request: HttpRequest) -> HttpResponseBase:
    """Lead to the first page, which is at the documentation's own address."""
    return redirect(ROOT, permanent=True)


@require_safe
@for_machines
@conditional_page
def as_markdown(request: HttpRequest, slug: str) -> HttpResponse:
    """Give a page as Markdown."""
    return HttpResponse(markdown(slug, _reader(request, slug)), content_type=MARKDOWN)


@require_safe
@for_machines
@conditional_page
def openapi(request: HttpRequest) -> HttpResponse:
    """Give the OpenAPI document."""
    return HttpResponse(document(came(request)), content_type="application/json")


@require_safe
@for_machines
@conditional_page
def llms(request: HttpRequest) -> HttpResponse:
    """Give the list of all pages."""
    return HttpResponse(listing.pages(came(request)), content_type=PLAIN)


@require_safe
@for_machines
@conditional_page
def llms_in_full(request: HttpRequest) -> HttpResponse:
    """Give all pages in one."""
    return HttpResponse(listing.in_full(told_of_tiers(came(request))), content_type=PLAIN)


@require_safe
@cache_control(private=True, no_cache=True)
@vary_on_headers("HX-Request")
def find(request: HttpRequest) -> HttpResponse:
    """Show the sections that say what is looked for; to htmx the results alone."""
    question = request.GET.get("q", "").replace("\0", "")[:LONGEST_QUESTION].strip()
    told = {"question": question, "found": search(question, came(request)), "groups": GROUPS}
    alone = request.htmx and not request.htmx.boosted  # type: ignore[attr-defined] # its middleware puts it there
    return render(request, "dashboard/developers/found.html" if alone else "dashboard/developers/search.html", told)


@lru_cache(maxsize=MOST_KEPT)
def _for_anybody(slug: str, reader: Reader) -> Rendered:
    return rendered(markdown(slug, reader))


def _shown(slug: str, reader: Reader) -> Rendered:
    made = _for_anybody(slug, replace(reader, address=ANYWHERE))
    return replace(made, html=mark_safe(reader.put_into(made.html)))  # noqa: S308 -- see ANYWHERE


def _reader(request: HttpRequest, slug: str) -> Reader:
    """Return who reads the page.

    :raises Http404: where there is no such page.
    """
    if slug not in PAGES:
        raise Http404
    reader = came(request)
    return told_of_tiers(reader) if slug == NAMES_TIERS else reader
