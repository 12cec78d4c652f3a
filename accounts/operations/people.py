"""Making accounts, and suspending them."""

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction

import events.operations
import wallets.operations
from accounts import cached
from accounts.models import Tier, User
from accounts.operations.emails import EmailTaken, normal
from kit import clock
from kit.transitions import change_if


class ReasonMissing(ValueError):
    """A suspension needs a reason: the reseller asks for it first."""


class UnknownAccount(Exception):
    """There is no such account."""


def create_reseller(*, email: str, password: str | None, actor: str = "", verified: bool = True) -> User:
    """Make an account with its empty wallet, in the first tier.

    :param password: None for an account nobody can log in to yet.
    :param verified: whether somebody vouches for the address, as an operator does; else its owner has to confirm it.
    :raises InvalidEmail: where it is none.
    :raises EmailTaken: where the address has an account, in whatever case it is written.
    """
    return _create(email, password, is_operator=False, actor=actor, verified=verified)


def create_operator(*, email: str, password: str | None, actor: str = "") -> User:
    """Make an account that may use the admin, all of it.

    :raises InvalidEmail: where it is none.
    :raises EmailTaken: where the address has an account.
    """
    return _create(email, password, is_operator=True, actor=actor, verified=True)


def _create(email: str, password: str | None, *, is_operator: bool, actor: str, verified: bool) -> User:
    user = User(
        email=normal(email),
        tier=Tier.objects.order_by("deposits_from")[0],
        is_staff=is_operator,
        is_superuser=is_operator,
        joined_at=clock.now(),
    )
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            wallets.operations.open_wallet(account_id=user.pk)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
            _record("account.created", user.pk, actor)
    except IntegrityError as error:
        if User.objects.filter(email=user.email).exists():
            raise EmailTaken(f"{user.email} already has an account") from error
        raise
    return user


@transaction.atomic
def set_password(*, user: User, password: str, actor: str = "") -> None:
    """Give the account another password: every session but the one that asked for it ends.

    So does an address that waits to be confirmed: whoever had one of those sessions may have asked for it.

    :param user: is changed as its row is, for the session of whoever asked.
    """
    user.set_password(password)
    user.save(update_fields=["password"])  # nothing else: what this user object knows may be old
    EmailAddress.objects.filter(user_id=user.pk, primary=False, verified=False).delete()
    _record("account.password_changed", user.pk, actor)


SUSPEND = """
UPDATE accounts_user SET suspended_at = %(at)s, suspended_reason = %(reason)s, version = version + 1
WHERE id = %(account)s AND suspended_at IS NULL RETURNING id
"""
UNSUSPEND = """
UPDATE accounts_user SET suspended_at = NULL, suspended_reason = '', version = version + 1
WHERE id = %(account)s AND suspended_at IS NOT NULL RETURNING id
"""


def suspend(*, account_id: int, reason: str, actor: str = "") -> bool:
    """Stop the account's keys and log-ins at once; return whether it was active before.

    :raises ReasonMissing: where no reason is given.
    :raises UnknownAccount: where there is none.
    """
    if not reason.strip():
        raise ReasonMissing("say why: the reseller will ask")
    return _switch("account.suspended", SUSPEND, account_id, actor, reason.strip()[:500])


def unsuspend(*, account_id: int, reason: str = "", actor: str = "") -> bool:
    """Let the account in again; return whether it was suspended before.

    :raises UnknownAccount: where there is none.
    """
    return _switch("account.unsuspended", UNSUSPEND, account_id, actor, reason.strip()[:500])


def _switch(kind: str, sql: str, account_id: int, actor: str, reason: str) -> bool:
    with transaction.atomic():
        row = change_if(sql, {"account": account_id, "at": clock.now(), "reason": reason})
        if row is None:
            if not User.objects.filter(pk=account_id).exists():
                raise UnknownAccount(f"there is no account {account_id}")
            return False
        _record(kind, account_id, actor, reason)
        cached.account_changed(account_id)
    return True


def _record(kind: str, account_id: int, actor: str, reason: str = "") -> None:
    events.operations.record(
        kind=kind, subject="account", subject_id=account_id, account_id=account_id, actor=actor, reason=reason
    )
