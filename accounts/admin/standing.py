"""What an operator is asked first by whoever cannot log in, for the screen of users."""

from collections import Counter

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin

from accounts.models import User
from kit.screens import moment

# What is asked for beside the password. Recovery codes stand in for one of these, and are none by themselves.
FACTORS = {Authenticator.Type.TOTP: "authenticator app", Authenticator.Type.WEBAUTHN: "passkey"}


class Standing:
    """Whether the account may come in, and what it needs for that."""

    @admin.display(description="state")
    def standing(self, user: User) -> str:
        """Return whether it may come in, and if not why."""
        if user.suspended_at is None:
            return "active"
        return f"suspended {moment(user.suspended_at)}: {user.suspended_reason}"

    @admin.display(description="e-mail address confirmed")
    def email_confirmed(self, user: User) -> str:
        """Return whether the password opens anything yet, and which address waits to become the account's."""
        addresses = dict(EmailAddress.objects.filter(user_id=user.pk).order_by("pk").values_list("email", "verified"))
        if not addresses.pop(user.email, False):
            return "no: nobody can log in before the link in the mail is followed"
        return "; ".join(["yes", *(f"{email} waits for its link" for email in addresses)])

    @admin.display(description="second factor")
    def second_factor(self, user: User) -> str:
        """Return what is asked for beside the password."""
        added = Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).order_by("pk")
        counted = Counter(FACTORS[kind] for kind in added.values_list("type", flat=True))
        return ", ".join(f"{name}s ({count})" if count > 1 else name for name, count in counted.items()) or "off"
