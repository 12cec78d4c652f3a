"""Pages that are shown whatever has failed: nothing is asked of the database or of a session to make them."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from dashboard.context import for_anybody


def shown_alone(request: HttpRequest, template: str, told: dict[str, Any], status: int = 200) -> HttpResponse:
    """Return the page as a stranger is shown it, whoever it is that reads it."""
    page = render_to_string(template, {"request": request, **for_anybody(request), **told})
    return HttpResponse(page, status=status)
