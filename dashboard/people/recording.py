"""What people did about their accounts, for the audit log: where allauth says it, and no operation of ours does it."""

from typing import Any

from allauth.account.signals import user_signed_up
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from django.dispatch import receiver

import events.operations
from accounts.models import User

RECOVERY = Authenticator.Type.RECOVERY_CODES


@receiver(user_signed_up)
def signed_up(user: User, **_: Any) -> None:
    """Record that somebody made the account himself."""
    _record("account.signed_up", user)


@receiver(authenticator_added)
def added(user: User, authenticator: Authenticator, **_: Any) -> None:
    """Record a new second factor, or the recovery codes that come with the first."""
    if authenticator.type == RECOVERY:
        _record("account.recovery_codes_made", user)
    else:
        _record("account.two_factor_on", user, {"type": authenticator.type})


@receiver(authenticator_removed)
def removed(user: User, authenticator: Authenticator, **_: Any) -> None:
    """Record that a second factor is gone; recovery codes go with the last of them, which says enough."""
    if authenticator.type != RECOVERY:
        _record("account.two_factor_off", user, {"type": authenticator.type})


@receiver(authenticator_reset)
def reset(user: User, **_: Any) -> None:
    """Record that the recovery codes were made anew."""
    _record("account.recovery_codes_made", user)


def _record(kind: str, user: User, data: dict[str, str] | None = None) -> None:
    events.operations.record(
        kind=kind,
        subject="account",
        subject_id=user.pk,
        account_id=user.pk,
        actor=user.email,
        data={name: str(value) for name, value in (data or {}).items()},
    )
