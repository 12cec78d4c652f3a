"""A text as readers would see it, before it is theirs to read."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from dashboard.context import for_anybody
from dashboard.models import Slug
from dashboard.public.pages import around_front
from dashboard.queries import shown


def previewed(request: HttpRequest, slug: str, language: str, title: str, body: str) -> HttpResponse:
    """Return the page that has this text on it, in the text's language."""
    told = {**for_anybody(request), "text": shown(title, body.replace("\r\n", "\n"), language)}
    with translation.override(language):
        if slug == Slug.FRONT:
            return render(request, "dashboard/public/front.html", {**told, **around_front(request)})
        return render(request, "dashboard/public/text.html", told)
