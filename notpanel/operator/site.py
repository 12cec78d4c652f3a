"""The admin site: unfold's, shut to suspended operators, with a limit on log-ins."""

import math
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.functional import SimpleLazyObject
from unfold.sites import UnfoldAdminSite

import alerts.queries
from accounts.models import User
from dashboard.people.known import remember, who_tries
from kit.trying import seconds_to_wait
from notpanel.operator.login import LoginForm


class OperatorSite(UnfoldAdminSite):  # type: ignore[misc] # unfold has no types
    """The operator's site."""

    login_form = LoginForm
    index_title = "What needs you"
    index_template = "notpanel/home.html"

    def register(self, model_or_iterable: Any, *args: Any, **options: Any) -> None:
        """Take a screen; but none of allauth's own, which show secrets, and write past our operations."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else list(model_or_iterable)
        if not any(model.__module__.startswith("allauth.") for model in models):
            super().register(models, *args, **options)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Return what every page shows; to an operator, what he has to know, read once and only where it is shown."""
        context: dict[str, Any] = super().each_context(request)
        known = SimpleLazyObject(alerts.queries.for_the_banner) if context["has_permission"] else ()
        return context | {"open_alerts": known}

    def has_permission(self, request: HttpRequest) -> bool:
        """Return whether this is an operator who is not suspended: a suspension ends sessions too."""
        return bool(super().has_permission(request)) and getattr(request.user, "suspended_at", None) is None

    def password_change(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Lead to the one page that changes a password, which is recorded and told to the account's owner."""
        return redirect("account_change_password")

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Show the log-in, and refuse a try that comes after too many."""
        if request.method != "POST":
            return self._log_in(request, extra_context)
        wait = seconds_to_wait(request, "login", who_tries(request, request.POST.get("username", "")))
        if wait <= 0:
            answer = self._log_in(request, extra_context)
            if answer.status_code == 302 and isinstance(request.user, User):
                remember(answer, request.user)
            return answer
        context = {**self.each_context(request), "title": "Too many log-ins", "minutes": math.ceil(wait / 60)}
        refusal = TemplateResponse(request, "notpanel/too_many_logins.html", context, status=429)
        refusal["Retry-After"] = str(wait)
        refusal["Cache-Control"] = "no-store"
        return refusal

    def _log_in(self, request: HttpRequest, extra_context: dict[str, Any] | None) -> HttpResponse:
        answer: HttpResponse = super().login(request, extra_context)
        return answer
