"""The address an account is known by: what it may be, whose it is, and changing it.

django-allauth keeps addresses in rows of its own. Of an account's one is primary, and is `user.email`; another one may
wait for its owner to confirm it, and until then opens nothing.
"""

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.db import IntegrityError, transaction

import events.operations
from accounts.models import User
from accounts.operations.telling import tell_of_email_changed


class EmailTaken(Exception):
    """There is an account with this e-mail address."""


class InvalidEmail(ValueError):
    """This is no e-mail address."""


class NothingToConfirm(Exception):
    """The account has no such address, or it is confirmed, or the account is suspended."""


def normal(email: str) -> str:
    """Return the address in the one spelling that is kept: in lower case.

    :raises InvalidEmail: where it is none.
    """
    spelled = email.strip().lower()
    try:
        validate_email(spelled)
        MaxLengthValidator(254)(spelled)  # RFC 5321, 4.5.3.1.3: a path has 256 characters, two of them brackets
    except ValidationError:
        raise InvalidEmail(f"{email!r} is not an e-mail address") from None
    return spelled


@transaction.atomic
def confirm_email(*, account_id: int, email: str, actor: str = "") -> str:
    """Believe that the address is the account's: its owner has read what was sent there. Return the one before.

    One that waited to become the account's address becomes it.

    :raises NothingToConfirm: where the account has no such address, or it is confirmed, or the account is suspended.
    :raises EmailTaken: where another account is known by it.
    """
    user = User.objects.select_for_update(no_key=True).get(pk=account_id)
    waiting = EmailAddress.objects.filter(user=user, email=email.lower(), verified=False).exists()
    if not waiting or user.suspended_at is not None:
        raise NothingToConfirm(f"{email} does not wait to be confirmed")
    before = user.email
    if before != email.lower():
        _change(account_id, normal(email), actor)
        return before
    _confirmed(account_id, before, actor)
    return before


@transaction.atomic
def change_email(*, account_id: int, email: str, actor: str = "", reason: str = "") -> bool:
    """Make this the account's only address, and a confirmed one, by the operator's word; return whether it was not.

    A mail to the address before tells the account's owner so.

    :raises InvalidEmail: where it is none.
    :raises EmailTaken: where another account is known by it.
    """
    wanted = normal(email)
    user = User.objects.select_for_update(no_key=True).get(pk=account_id)
    if user.email == wanted:
        return _confirmed(account_id, wanted, actor, reason)
    _change(account_id, wanted, actor, reason)
    tell_of_email_changed(user, before=user.email)
    return True


def _change(account_id: int, wanted: str, actor: str, reason: str = "") -> None:
    try:
        with transaction.atomic():
            user = User.objects.select_for_update(no_key=True).get(pk=account_id)
            before, user.email = user.email, wanted
            user.save(update_fields=["email"])
            EmailAddress.objects.filter(user=user).exclude(email=wanted).delete()
            EmailAddress.objects.update_or_create(user=user, email=wanted, defaults={"primary": True, "verified": True})
            _record("account.email_changed", account_id, actor, {"before": before, "after": wanted}, reason)
    except IntegrityError as error:
        if User.objects.filter(email=wanted).exclude(pk=account_id).exists():
            raise EmailTaken(f"{wanted} already has an account") from error
        raise


def _confirmed(account_id: int, email: str, actor: str, reason: str = "") -> bool:
    waiting = EmailAddress.objects.filter(user_id=account_id, email=email, verified=False)
    done: bool = waiting.update(verified=True) > 0
    if done:
        _record("account.email_confirmed", account_id, actor, {"email": email}, reason)
    return done


def _record(kind: str, account_id: int, actor: str, data: dict[str, str], reason: str = "") -> None:
    events.operations.record(
        kind=kind,
        subject="account",
        subject_id=account_id,
        account_id=account_id,
        data=data,
        actor=actor,
        reason=reason,
    )
