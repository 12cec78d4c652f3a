"""Passwords that commands are given, or make."""

import secrets
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User


class WeakPassword(ValueError):
    """The password is one that would be guessed."""


def generated() -> str:
    """Return a password of 128 random bits, to be shown once."""
    return secrets.token_urlsafe(16)


def chosen(given: str | None, *, email: str) -> str:
    """Return the password that was given, or a generated one; `-` reads it from standard input, out of the history.

    :raises WeakPassword: where AUTH_PASSWORD_VALIDATORS refuse it, with all they say.
    """
    if given is None:
        return generated()
    password = sys.stdin.readline().rstrip("\n") if given == "-" else given
    try:
        validate_password(password, User(email=email))
    except ValidationError as error:
        raise WeakPassword(" ".join(error.messages)) from None
    return password
