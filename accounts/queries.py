"""Reading accounts."""

from accounts.models import ApiKey, User


def key_by_digest(digest: bytes) -> ApiKey | None:
    """Return the key with its account and tier in one statement, whatever its state; None where none was issued."""
    return ApiKey.objects.select_related("account__tier").filter(digest=digest).first()


def account_by_email(email: str) -> User | None:
    """Return the account with this address, in whatever case it is written."""
    return User.objects.filter(email=email.strip().lower()).first()
