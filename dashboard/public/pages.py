"""The home page, the texts, and the rate card."""

import json
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from api_v2.actions.add import Add
from api_v2.dialects import DIALECTS
from catalog.searching import categories_on_sale
from dashboard.developers.parts.programs import curl
from dashboard.public.keeping import kept
from dashboard.queries import text
from dashboard.services import shown

SHORT = 60  # seconds
MOST_CATEGORIES = 12  # on the home page; the rate card has them all


@require_safe
@kept(SHORT)
def front(request: HttpRequest) -> HttpResponse:
    """Show what this is, to whoever comes by."""
    told = {"text": text("front", get_language()), **around_front(request)}
    return render(request, "dashboard/public/front.html", told)


def around_front(request: HttpRequest) -> dict[str, Any]:
    """Return what stands on the home page beside the operator's text."""
    categories, order = categories_on_sale(), Add.examples[0]
    return {
        "command": curl(request.build_absolute_uri("/api/v2"), Add.name, order.sent),
        "answer": json.dumps(DIALECTS["standard"].render(order.result)),
        "categories": categories[:MOST_CATEGORIES],
        "more": len(categories) - MOST_CATEGORIES,
        "services": sum(services for _, _, services in categories),
    }


@require_safe
@kept(SHORT)
def written(request: HttpRequest, slug: str) -> HttpResponse:
    """Show a text of the operator's."""
    return render(request, "dashboard/public/text.html", {"text": text(slug, get_language())})


@require_safe
@kept(SHORT)
def rate_card(request: HttpRequest) -> HttpResponse:
    """Show what is on sale and what it costs without any discount, a hundred services at a time."""
    return render(request, "dashboard/public/services.html", {"shown": shown(request.GET)})
