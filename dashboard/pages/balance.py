"""The balance that stands on every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.people.guarding import reseller_page


@require_safe
@reseller_page
def balance(request: HttpRequest) -> HttpResponse:
    """Show the balance as the API answers it, for the widget that asks again and again."""
    return render(request, "dashboard/parts/balance.html")
