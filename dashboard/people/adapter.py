"""How django-allauth does here what it leaves to the panel: making accounts, mailing people, letting them in."""

from typing import Any
from urllib.parse import urlsplit

from allauth.account import signals
from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.manage_email import emit_email_changed
from allauth.account.internal.stagekit import clear_login
from allauth.account.models import EmailAddress
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

import accounts.operations
from accounts.models import User
from accounts.operations.emails import normal
from accounts.operations.mails import can_send
from dashboard.choices import keep_language
from dashboard.people import second_factor
from dashboard.people.guarding import suspension
from dashboard.people.known import remember
from kit.client_address import UNKNOWN, client_address

NOWHERE = "0.0.0.0"  # noqa: S104 -- an address is shown here, and nothing is bound to it
BEGUN_WITH = "account_begun_with"  # in the session of a log-in that waits for its second factor: the password's hash


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    """Every write goes through the operations of accounts, and every mail is a row."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "duplicate_email": gettext_lazy("This is your address already."),
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is wrong."),
        "enter_current_password": gettext_lazy("This is not your password."),
        "incorrect_password": gettext_lazy("This is not your password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return whether people may make accounts themselves; without mail they could not confirm them."""
        return bool(settings.SIGN_UP) and can_send()

    def clean_email(self, email: str) -> str:
        """Return the address as it is kept.

        :raises ValidationError: where it is none.
        """
        try:
            return normal(email)
        except accounts.operations.InvalidEmail:
            raise ValidationError(_("Enter a valid email address."), code="invalid") from None

    def save_user(self, request: HttpRequest, user: User, form: BaseForm, commit: bool = True) -> User:
        """Make the account, with its wallet.

        :raises EmailTaken: where the address has one.
        """
        email, password = form.cleaned_data["email"], form.cleaned_data["password1"]
        return accounts.operations.create_reseller(email=email, password=password, actor=email, verified=False)

    def set_password(self, user: User, password: str) -> None:
        """Give the account another password."""
        accounts.operations.set_password(user=user, password=password, actor=user.email)

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """Believe the address; return False, and say so, where somebody else's account has come to have it."""
        email, user = email_address.email, email_address.user
        told = {"email": email}
        try:
            before = accounts.operations.confirm_email(account_id=user.pk, email=email, actor=email)
        except (accounts.operations.EmailTaken, accounts.operations.NothingToConfirm):
            self.add_message(request, messages.ERROR, "account/messages/email_confirmation_failed.txt", told)
            return False
        user.refresh_from_db()
        email_address.verified = email_address.primary = True
        signals.email_confirmed.send(sender=EmailAddress, request=request, email_address=email_address)
        if before != email:
            emit_email_changed(request, EmailAddress(user=user, email=before), email_address)
        self.add_message(request, messages.SUCCESS, "account/messages/email_confirmed.txt", told)
        return True

    def pre_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse | None:
        """Tell a suspended account why, once its password was right, and let it no further."""
        refusal = suspension(request, user)
        if refusal is not None:
            clear_login(request)
            return refusal
        request.session[BEGUN_WITH] = user.get_session_auth_hash()
        return None

    def login(self, request: HttpRequest, user: User) -> None:
        """Log in, whatever may have happened between the password and the second factor.

        :raises ImmediateHttpResponse: with the page that says why the account is suspended, or back to the log-in where
            the password is another one by now: whoever began with the old one need not know it.
        """
        refusal: HttpResponse | None = suspension(request, user)
        begun_with = request.session.pop(BEGUN_WITH, "")
        if refusal is None and not constant_time_compare(begun_with, user.get_session_auth_hash()):
            messages.error(request, _("The password was changed meanwhile. Log in again."))
            refusal = redirect("account_login")
        if refusal is not None:
            clear_login(request)
            raise ImmediateHttpResponse(refusal)
        super().login(request, user)

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Return by what one may prove it again: where a second factor is on, by it; the password is not enough then.

        Whoever has the password and an open browser would turn the second factor off, or read the recovery codes.
        """
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if isinstance(user, User) and second_factor.is_on(user):
            return [each for each in methods if each["id"] != "reauthenticate"]
        return methods

    def post_login(self, request: HttpRequest, user: User, **kwargs: Any) -> HttpResponse:
        """Go on to the page that was asked for, in the language that the account has chosen; know the browser again."""
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        remember(answer, user)
        if user.language:
            keep_language(answer, user.language)
        return answer

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail down, in the request's language; the worker sends it."""
        if not can_send():
            return
        told = {name: _at_the_panel(name, value) for name, value in context.items()}
        told |= {"email": email, "PANEL_NAME": settings.PANEL_NAME, "panel_url": settings.PANEL_URL}
        message = self.render_mail(template_prefix, email, told)
        accounts.operations.write_mail(kind=template_prefix, to=email, subject=message.subject, body=message.body)

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address the request came from, as far as the proxies can be believed."""
        peer, forwarded = request.META.get("REMOTE_ADDR", ""), request.META.get("HTTP_X_FORWARDED_FOR", "")
        known = client_address(peer, forwarded, tuple(settings.TRUSTED_PROXIES))
        return NOWHERE if known == UNKNOWN else known


def _at_the_panel(name: str, value: Any) -> Any:
    """Return a link as one to PANEL_URL: the Host that allauth makes it of is what a stranger's request says."""
    if not name.endswith("_url") or not isinstance(value, str):
        return value
    parts = urlsplit(value)
    return settings.PANEL_URL + parts._replace(scheme="", netloc="").geturl()
