"""How often one may try what can be guessed, and cause a mail: one table, by the page's name."""

import math
from collections.abc import Callable
from typing import Any

from allauth.account.internal.stagekit import LOGIN_SESSION_KEY
from allauth.account.utils import url_str_to_user_pk
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from dashboard.people.known import who_tries
from kit.trying import seconds_to_wait

Who = Callable[[HttpRequest], str]


def _typed(field: str) -> Who:
    return lambda request: request.POST.get(field, "")


def _logging_in(request: HttpRequest) -> str:
    return who_tries(request, request.POST.get("login", ""))


def _logged_in(request: HttpRequest) -> str:
    return str(request.user.pk or "")


def _half_logged_in(request: HttpRequest) -> str:
    """Return the account whose password was right, and whose second factor is asked for."""
    begun: Any = request.session.get(LOGIN_SESSION_KEY)
    try:
        return str(url_str_to_user_pk(begun["user_pk"]))
    except (KeyError, TypeError, ValueError):
        return ""


def _nobody(request: HttpRequest) -> str:
    return ""


# What is tried, and who is named by it. Where two pages share a group, tries at one are tries at the other.
LIMITED: dict[str, tuple[str, Who]] = {
    "account_login": ("login", _logging_in),
    "account_signup": ("sign-up", _typed("email")),
    "account_confirm_email": ("confirm-email", _nobody),
    "account_reset_password": ("reset", _typed("email")),
    "account_reset_password_from_key": ("reset-key", _nobody),
    "account_email": ("new-email", _logged_in),
    "account_reauthenticate": ("proof", _logged_in),
    "account_change_password": ("proof", _logged_in),
    "account_set_password": ("proof", _logged_in),
    "mfa_authenticate": ("second-factor", _half_logged_in),
    "mfa_reauthenticate": ("second-factor", _logged_in),
    "mfa_reauthenticate_webauthn": ("second-factor", _logged_in),
    "mfa_activate_totp": ("second-factor", _logged_in),
    "mfa_login_webauthn": ("passkey", _nobody),
}


class LimitingMiddleware:
    """Refuses a try that comes after too many, before its page sees it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """Count the try; say how long to wait where it is one too many."""
        match = request.resolver_match
        if request.method != "POST" or match is None or match.namespace or match.url_name not in LIMITED:
            return None
        group, who = LIMITED[match.url_name]
        wait = seconds_to_wait(request, group, who(request))
        return too_many(request, wait) if wait > 0 else None


def too_many(request: HttpRequest, wait: int) -> HttpResponse:
    """Return the page that says in how many minutes one may try again."""
    answer = render(request, "account/too_many.html", {"minutes": math.ceil(wait / 60)}, status=429)
    answer["Retry-After"] = str(wait)
    answer["Cache-Control"] = "private, no-store"
    return answer
