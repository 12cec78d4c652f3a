"""Who may log in to the admin."""

from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm


class LoginForm(AuthenticationForm):  # type: ignore[misc] # unfold has no types
    """Tells a suspended operator so, and why; whoever gives a wrong password is told nothing."""

    def confirm_login_allowed(self, user: AbstractBaseUser) -> None:
        """Let in operators that are not suspended.

        :raises ValidationError: with the reason, for all others.
        """
        super().confirm_login_allowed(user)
        if getattr(user, "suspended_at", None) is not None:
            reason = getattr(user, "suspended_reason", "")
            raise ValidationError(f"This account is suspended: {reason}", code="suspended")
