"""Sending again all that failed since a moment: asked since when, told how many they are, then done."""

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from dashboard.pages.webhooks.deliveries import REFUSED
from dashboard.pages.webhooks.forms import SinceForm, a_day_ago
from dashboard.pages.webhooks.own import back_to, own_endpoint
from dashboard.people.guarding import reseller_page
from webhooks import delivery_queries
from webhooks.models import Endpoint
from webhooks.operations import resending


@require_http_methods(["GET", "HEAD", "POST"])
@reseller_page
def resend(request: HttpRequest, webhook: str) -> HttpResponse:
    """Ask since when, say how many failed since then, and send them."""
    endpoint = own_endpoint(request, webhook)
    given = request.POST if request.method == "POST" else request.GET
    form = SinceForm(given if "since" in given else None, initial=a_day_ago())
    told = {"endpoint": endpoint, "form": form, "count": None}
    if form.is_valid():
        since = form.cleaned_data["since"]
        if request.method == "POST":
            return _sent(request, endpoint, since)
        told |= {"count": delivery_queries.failed(endpoint.pk, since).count(), "since": since}
    return render(request, "dashboard/webhooks/resend.html", told)


def _sent(request: HttpRequest, endpoint: Endpoint, since: datetime) -> HttpResponse:
    try:
        count = resending.resend_failed(endpoint_id=endpoint.pk, since=since, actor=request.user.get_username())
    except resending.CannotSend as error:
        messages.error(request, str(REFUSED[type(error)]))
    else:
        said = ngettext("%(count)s delivery is sent again.", "%(count)s deliveries are sent again.", count)
        messages.success(request, said % {"count": count})
    return back_to(endpoint)
