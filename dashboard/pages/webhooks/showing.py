"""A secret, on a page that nobody keeps."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from webhooks.models import Endpoint


def show_secret(request: HttpRequest, endpoint: Endpoint, secret: str, *, title: str, note: str = "") -> HttpResponse:
    """Show the secret of an endpoint, the only time that it is seen."""
    told = {"endpoint": endpoint, "secret": secret, "title": title, "note": note}
    answer = render(request, "dashboard/webhooks/secret.html", told)
    answer["Cache-Control"] = "private, no-store"
    return answer
