"""The catalogue at the prices that this account pays."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from catalog.queries import terms
from dashboard.account import account_of
from dashboard.people.guarding import reseller_page
from dashboard.services import shown


@require_safe
@reseller_page
def services(request: HttpRequest) -> HttpResponse:
    """Show what can be ordered, a hundred at a time."""
    return render(request, "dashboard/services.html", {"shown": shown(request.GET, terms(account_of(request).pk))})
