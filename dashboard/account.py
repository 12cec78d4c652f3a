"""Whose page it is."""

from typing import cast

from django.http import HttpRequest

from accounts.models import User


def account_of(request: HttpRequest) -> User:
    """Return the account of whoever is logged in: `reseller_page` lets nobody else in."""
    return cast("User", request.user)
