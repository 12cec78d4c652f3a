"""The page that says how the panel's parts are doing, for people and for programs."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from dashboard.public import board
from dashboard.public.alone import shown_alone
from dashboard.public.board import DEGRADED, LOOKED_AT_EVERY, OPERATIONAL, PARTS, UNKNOWN
from dashboard.public.keeping import kept

WORDS = {
    OPERATIONAL: (_("Operational"), "good"),
    DEGRADED: (_("Degraded"), "bad"),
    UNKNOWN: (_("Not known"), "warn"),
}


@require_safe
@kept(LOOKED_AT_EVERY)
def status(request: HttpRequest) -> HttpResponse:
    """Show each part in words; 200 whatever state it is in, and also without the database."""
    reading = board.board.read()
    parts = [(part, reading.states[part.slug], *WORDS[reading.states[part.slug]]) for part in PARTS]
    return shown_alone(request, "dashboard/public/status.html", {"reading": reading, "parts": parts})


@require_safe
@kept(LOOKED_AT_EVERY)
def status_json(request: HttpRequest) -> HttpResponse:
    """Tell the same to a program."""
    reading = board.board.read()
    return JsonResponse(
        {"state": reading.state, "parts": reading.states, "at": reading.at.isoformat(timespec="seconds")}
    )
