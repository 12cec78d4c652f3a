"""Browsers that have been logged in to an account before: strangers' tries at it are counted apart from theirs.

A stranger who tries passwords all day spends the tries that the account has, and would keep its owner out. So whoever
logs in gets a cookie that says so, and opens nothing.
"""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from accounts.models import User

COOKIE = "known"
SALT = "dashboard.people.known"
KEPT = 365 * 24 * 3600  # seconds


def remember(answer: HttpResponseBase, user: User) -> None:
    """Have this browser known as one that has been logged in to the account."""
    named = signing.dumps(user.pk, salt=SALT)
    answer.set_cookie(COOKIE, named, KEPT, secure=settings.HTTPS, httponly=True, samesite="Lax")


def who_tries(request: HttpRequest, email: str) -> str:
    """Return whom a log-in with this address is counted for: the address, or its account's known browsers."""
    account_id = _known(request)
    if account_id is None or not User.objects.filter(pk=account_id, email=email.strip().lower()).exists():
        return email
    # Signed, so that no stranger can type it as an address and spend these tries too.
    return f"known:{signing.Signer(salt=SALT).signature(str(account_id))}"


def _known(request: HttpRequest) -> int | None:
    try:
        found = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=KEPT)
    except signing.BadSignature:
        return None
    return found if isinstance(found, int) else None
