"""One webhook: what it is, how it is doing, and what was sent there."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard import asked
from dashboard.pages.webhooks.own import own_endpoint
from dashboard.pages.webhooks.words import why
from dashboard.people.guarding import reseller_page
from dashboard.words import word
from kit import clock
from webhooks.models import Endpoint
from webhooks.outbox import deliveries_of
from webhooks.standing import Standing, is_open, standing
from webhooks.states import OWNERS_TO_END, DeliveryState


@require_safe
@reseller_page
def endpoint(request: HttpRequest, webhook: str) -> HttpResponse:
    """Show the webhook with a slice of its deliveries."""
    shown, state = own_endpoint(request, webhook), request.GET.get("state", "")
    state = state if state in DeliveryState.values else ""
    before, after = asked.number(request, "before"), asked.number(request, "after")
    told = {
        "endpoint": shown,
        "standing": standing(shown),
        "why": why(shown),
        "old_secret_signs": shown.old_secret_until is not None and shown.old_secret_until > clock.now(),
        "offered": offered(shown),
        "deliveries": deliveries_of(shown.pk, state=state, before=before, after=after),
        "state": state,
        "states": [(each, word(each)) for each in DeliveryState.values],
        "narrowed": bool(state or before or after),
    }
    return render(request, "dashboard/webhooks/endpoint.html", told)


def offered(endpoint: Endpoint) -> set[str]:
    """Return the buttons that would do something about the endpoint as it is."""
    if standing(endpoint) == Standing.REMOVED:
        return set()
    if endpoint.api_key.has_ended:
        return {"remove"}
    possible = {"test", "rotate", "remove"}
    if is_open(endpoint):
        return possible | {"disable", "resend"}
    return possible | ({"enable"} if endpoint.disabled_because in OWNERS_TO_END else set())
