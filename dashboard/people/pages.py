"""allauth's pages where ours differ from them."""

from typing import Any

from allauth.account.views import EmailView, PasswordResetView
from allauth.mfa.totp.views import ActivateTOTPView
from django.db import IntegrityError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.operations.mails import can_send


class OneEmailView(EmailView):  # type: ignore[misc] # allauth has no types
    """Changes the one address an account has: there is no choice among several."""

    def _action_primary(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        """Do nothing: the address that was confirmed last is the account's."""


class ResetView(PasswordResetView):  # type: ignore[misc] # allauth has no types
    """Asks where to send the link, on a panel that can send one."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say plainly where no mail would come."""
        if not can_send():
            return render(request, "account/no_mail.html", status=200 if request.method == "GET" else 503)
        answer: HttpResponse = super().dispatch(request, *args, **kwargs)
        return answer


class ActivateView(ActivateTOTPView):  # type: ignore[misc] # allauth has no types
    """Turns the authenticator app on once, also for two clicks at once."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Turn it on; where that was done this instant, show that it is."""
        try:
            answer: HttpResponse = super().form_valid(form)
        except IntegrityError:
            return redirect("mfa_index")
        return answer


email = OneEmailView.as_view()
password_reset = ResetView.as_view()
activate_totp = ActivateView.as_view()
