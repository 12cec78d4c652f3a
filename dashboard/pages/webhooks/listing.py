"""All webhooks of the account, over all its keys."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dashboard.account import account_of
from dashboard.people.guarding import reseller_page
from webhooks.queries import endpoints_of_account
from webhooks.standing import standing


@require_safe
@reseller_page
def webhooks(request: HttpRequest) -> HttpResponse:
    """Show where the account's programs are told what happens, and how each is doing."""
    rows = [(endpoint, standing(endpoint)) for endpoint in endpoints_of_account(account_of(request).pk)]
    return render(request, "dashboard/webhooks/list.html", {"rows": rows})
