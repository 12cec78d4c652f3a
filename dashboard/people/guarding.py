"""Who sees a reseller's page: whoever is logged in, and not suspended, whose page nobody else keeps."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django_htmx.http import HttpResponseClientRefresh

from accounts.models import User

View = Callable[..., HttpResponseBase]
OURS = "/accounts/"
ALWAYS = "account_logout"  # open to the suspended too
PRIVATE = "private, no-store"


def reseller_page(view: View) -> View:
    """Let in who is logged in; show a suspended account why it is, in place of the page.

    What it shows is a person's own, with money and keys in it: no cache may keep it, nor a browser after the log-out.
    """

    @login_required
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = suspension(request, request.user) or view(request, *args, **kwargs)
        answer["Cache-Control"] = PRIVATE
        return answer

    @wraps(view)
    def of_the_whole_page(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if "HX-Request" in request.headers and not request.user.is_authenticated:
            return HttpResponseClientRefresh()  # a log-in has no place in a part of a page
        return guarded(request, *args, **kwargs)

    return of_the_whole_page


def suspension(request: HttpRequest, user: Any) -> HttpResponse | None:
    """Return the page that says why the account is suspended, and whom to ask; None where it is not."""
    if not isinstance(user, User) or user.suspended_at is None:
        return None
    told = {"account": user, "reason": user.suspended_reason, "operators": settings.OPERATOR_EMAIL}
    return render(request, "account/suspended.html", told, status=403)


class GuardingMiddleware:
    """Does for allauth's pages what `reseller_page` does for ours."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Have nobody keep a page of anybody's account."""
        answer = self.get_response(request)
        if request.path_info.startswith(OURS):
            answer["Cache-Control"] = PRIVATE
        return answer

    def process_view(self, request: HttpRequest, view: View, *_: Any) -> HttpResponse | None:
        """Show a suspended account why it is, in place of any page but the log-out."""
        match = request.resolver_match
        if not request.path_info.startswith(OURS) or match is None or match.url_name == ALWAYS:
            return None
        return suspension(request, request.user)
