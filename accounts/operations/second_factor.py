"""Letting in again who has lost the second factor: the operator's word, after he has made sure who asks."""

from allauth.mfa.models import Authenticator
from django.db import transaction

import events.operations
from accounts.models import User
from accounts.operations.people import ReasonMissing, UnknownAccount
from accounts.operations.telling import tell_of_second_factor_removed


def remove_second_factor(*, account_id: int, reason: str, actor: str = "") -> bool:
    """Take the account's authenticator, passkeys and recovery codes away; return whether there were any.

    From then on its password alone opens it, and a mail tells its owner so.

    :raises ReasonMissing: where no reason is given.
    :raises UnknownAccount: where there is none.
    """
    if not reason.strip():
        raise ReasonMissing("say why, and how you made sure who asks: it is kept in the account's history")
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).filter(pk=account_id).first()
        if user is None:
            raise UnknownAccount(f"there is no account {account_id}")
        kinds = sorted(Authenticator.objects.filter(user_id=account_id).values_list("type", flat=True))
        if not kinds:
            return False
        Authenticator.objects.filter(user_id=account_id).delete()
        events.operations.record(
            kind="account.two_factor_removed",
            subject="account",
            subject_id=account_id,
            account_id=account_id,
            data={"removed": ", ".join(kinds)},
            actor=actor,
            reason=reason.strip(),
        )
        tell_of_second_factor_removed(user)
    return True
