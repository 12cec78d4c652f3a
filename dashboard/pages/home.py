"""The first page after logging in, and the balance that stands on every page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.people.guarding import reseller_page


@require_safe
@reseller_page
def home(request: HttpRequest) -> HttpResponse:
    """Show how the account is doing."""
    return render(request, "dashboard/home.html")


@require_safe
@reseller_page
def balance(request: HttpRequest) -> HttpResponse:
    """Show the balance as the API answers it, for the widget that asks again and again."""
    return render(request, "dashboard/parts/balance.html")
