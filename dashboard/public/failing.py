"""The pages that stand in for a page: there is none, it may not be seen, or something failed."""

import logging
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponsePermanentRedirect
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.functional import Promise
from django.utils.http import escape_leading_slashes
from django.utils.translation import gettext_lazy as _

from dashboard.context import for_anybody
from dashboard.public.alone import shown_alone

logger = logging.getLogger(__name__)
TEMPLATE = "dashboard/public/wrong.html"
WITH_SLASHES = ("/admin/", "/accounts/", "/api/")  # their addresses end in one, or are their own to judge
BARE = (
    "<!doctype html><html lang=en><meta charset=utf-8><title>Something failed</title>"
    "<h1>Something failed here</h1><p>Try again in a moment."
)


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is told: its HTTP status, a heading, and what one can do."""

    status: int
    title: str | Promise
    advice: str | Promise


BAD_REQUEST = Wrong(400, _("This request was not understood"), _("Go back and try it again from the page before."))
FORBIDDEN = Wrong(403, _("This page is not for you"), _("You may not see it, or not with this account."))
FORGED = Wrong(
    403,
    _("The form was not sent"),
    _("The page had been open for too long, or your browser keeps no cookies. Load it again and send it once more."),
)
MISSING = Wrong(404, _("There is no such page"), _("It may have moved, or the address has a mistake in it."))
FAILED = Wrong(500, _("Something failed here"), _("It was written down for the operator. Try again in a moment."))


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 400, also where nobody knows yet who asks."""
    return _alone(request, BAD_REQUEST)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403."""
    return _page(request, FORBIDDEN)


def forged(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer 403 to a form without the token that the page gave it (CSRF_FAILURE_VIEW)."""
    return _page(request, FORGED)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponseBase:
    """Lead from an address with a slash too many at its end to the one without, or answer 404."""
    there = _without_slash(request)
    return HttpResponsePermanentRedirect(there) if there else _page(request, MISSING)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer 500, whatever else fails beside what has."""
    try:
        return _alone(request, FAILED)
    except Exception:
        logger.exception("the page for what failed has failed")
        return HttpResponse(BARE, status=FAILED.status)


def _page(request: HttpRequest, wrong: Wrong) -> HttpResponse:
    told = {**for_anybody(request), "wrong": wrong}  # the admin's pages have none of it by themselves
    answer = render(request, TEMPLATE, told, status=wrong.status)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _alone(request: HttpRequest, wrong: Wrong) -> HttpResponse:
    answer = shown_alone(request, TEMPLATE, {"wrong": wrong}, wrong.status)
    answer["Cache-Control"] = "private, no-store"
    return answer


def _without_slash(request: HttpRequest) -> str | None:
    """Return the address of the page that was meant, or None where there is none either."""
    path = request.path_info
    shorter = path.rstrip("/")
    if request.method not in {"GET", "HEAD"} or shorter == path or path.startswith(WITH_SLASHES):
        return None
    try:
        resolve(shorter)
    except Resolver404:
        return None
    query = request.META.get("QUERY_STRING", "")
    return escape_leading_slashes(f"{shorter}?{query}" if query else shorter)
