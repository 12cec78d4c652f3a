"""Who may log in to the admin, by a password alone."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from unfold.forms import AuthenticationForm

from accounts.models import User
from dashboard.people import second_factor


class LoginForm(AuthenticationForm):  # type: ignore[misc] # unfold has no types
    """Tells a suspended operator so, and why; whoever gives a wrong password is told nothing.

    A second factor is asked for by the log-in for everybody, and this one is not a way round it.
    """

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Let in operators that are not suspended, and have no second factor on.

        :raises ValidationError: with the reason, for all others.
        """
        super().confirm_login_allowed(user)
        if getattr(user, "suspended_at", None) is not None:
            reason = getattr(user, "suspended_reason", "")
            raise ValidationError(f"This account is suspended: {reason}", code="suspended")
        if isinstance(user, User) and second_factor.is_on(user):
            there = f"{reverse('account_login')}?{urlencode({'next': reverse('admin:index')})}"
            said = 'This account has a second factor on: <a class="underline" href="{}">log in with it</a>.'
            raise ValidationError(format_html(said, there), code="second_factor")
