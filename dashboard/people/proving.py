"""Proving that it is you, each time: the password again, and the second factor where one is on.

A page that makes or rotates a key, and whatever else an open browser is not enough for, asks for it like this:

    @require_http_methods(["GET", "POST"])
    @reseller_page
    def new_key(request):
        form, proof = KeyForm(request.POST or None), Proof(request)
        if request.method == "POST" and form.is_valid() and proof.check():
            ...  # it is done, and the answer is a redirect
        return render(request, "dashboard/new_key.html", {"form": form, "proof": proof}, status=proof.status)

    <form method="post">{% csrf_token %}
      {% field form.name %}
      {% include "account/proof.html" %}
      <button type="submit">…</button>
    </form>

Have the page's own form checked first: `check` counts a try and uses a code up, and is called once a request. There is
no time within which a proof goes on counting.
"""

import math
from typing import Any

from allauth.mfa.webauthn.internal.auth import begin_authentication
from django import forms
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.models import User
from dashboard.people.passkeys import AssertionForm, CredentialField
from dashboard.people.second_factor import PASSKEY, TOTP, TooManyCodes, factors, opened_by
from kit.trying import seconds_to_wait


class Proof(forms.Form):
    """The part of a page's form that asks who is there; its fields are there as far as the account has them.

    `password` always; where a second factor is on, `code`, of an app or a recovery code, or `credential`, of a passkey.
    """

    password = forms.CharField(
        label=_("Your password"),
        strip=False,
        max_length=4096,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    code = forms.CharField(
        label=_("Code of your authenticator app, or a recovery code"),
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    credential = CredentialField(required=False)

    class Media:
        js = ["mfa/js/webauthn-json.js", "dashboard/passkeys.js"]

    def __init__(self, request: HttpRequest) -> None:
        """Ask whoever is logged in; what was posted is read from the request."""
        super().__init__(request.POST if request.method == "POST" else None, prefix="proof")
        assert not isinstance(request.user, AnonymousUser), "only who is logged in can prove it"
        self.request = request
        self.user: User = request.user
        self.status = 200  # what the page answers with: 403 where the proof is wrong, 429 where it was tried too often
        self._on = factors(self.user)
        if not self.needs_factor:
            del self.fields["code"]
        if PASSKEY not in self._on:
            del self.fields["credential"]

    @property
    def needs_factor(self) -> bool:
        """Return whether a password is not enough."""
        return bool(self._on & {TOTP, PASSKEY})

    @property
    def passkey_options(self) -> dict[str, Any] | None:
        """Return what the browser is asked to sign; None where the account has no passkey. Each call asks anew."""
        if PASSKEY not in self._on:
            return None
        options: dict[str, Any] = begin_authentication(self.user)
        return options

    def check(self) -> bool:
        """Return whether it is the account's owner; if not, the form says what is wrong, and `status` how to answer."""
        if not self.is_valid():
            return self._refuse(200)
        wait = seconds_to_wait(self.request, "proof", str(self.user.pk))
        if wait > 0:
            self.add_error(None, _too_many(wait))
            return self._refuse(429)
        if not self.user.check_password(self.cleaned_data["password"]):
            self.add_error("password", _("This is not your password."))
            return self._refuse(403)
        return not self.needs_factor or self._has_factor()

    def _has_factor(self) -> bool:
        code, credential = self.cleaned_data["code"].strip(), self.cleaned_data.get("credential")
        if credential:
            return self._signed(credential) or self._refuse(403)
        if not code:
            self.add_error("code", _("Enter a code, or use a passkey.") if PASSKEY in self._on else _("Enter a code."))
            return self._refuse(200)
        return self._takes(code)

    def _takes(self, code: str) -> bool:
        try:
            if opened_by(self.user, code):
                return True
        except TooManyCodes as error:
            self.add_error("code", str(error))
            return self._refuse(429)
        self.add_error("code", _("This code is wrong, or was used before."))
        return self._refuse(403)

    def _signed(self, credential: dict[str, Any]) -> bool:
        form = AssertionForm({}, user=self.user)
        form.cleaned_data = {"credential": credential}
        try:
            form.clean_credential().record_usage()
        except ValidationError as error:
            self.add_error(None, error)
            return False
        return True

    def _refuse(self, status: int) -> bool:
        self.status = status
        return False


def _too_many(wait: int) -> str:
    minutes = math.ceil(wait / 60)
    return ngettext(
        "There were too many tries. Try again in %(minutes)d minute.",
        "There were too many tries. Try again in %(minutes)d minutes.",
        minutes,
    ) % {"minutes": minutes}
