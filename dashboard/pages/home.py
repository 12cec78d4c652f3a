"""The first page after logging in, and the balance that stands on every page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe


@require_safe
@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Show how the account is doing."""
    return render(request, "dashboard/home.html")


@require_safe
@never_cache
@login_required
def balance(request: HttpRequest) -> HttpResponse:
    """Show the balance as the API answers it, for the widget that asks again and again."""
    return render(request, "dashboard/parts/balance.html")
