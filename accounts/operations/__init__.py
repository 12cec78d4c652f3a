"""Every write of accounts, one function a use case."""

from accounts.operations.emails import EmailTaken, InvalidEmail, NothingToConfirm, change_email, confirm_email
from accounts.operations.keys import (
    InvalidKeySetting,
    KeyLimitReached,
    MadeAlready,
    RotatedAlready,
    edit_key,
    issue_key,
    regenerate_key,
    revoke_key,
)
from accounts.operations.mails import write_mail
from accounts.operations.money import deposit
from accounts.operations.people import (
    ReasonMissing,
    UnknownAccount,
    create_operator,
    create_reseller,
    set_password,
    suspend,
    unsuspend,
)
from accounts.operations.preferring import InvalidPreference, prefer
from accounts.operations.second_factor import remove_second_factor
from accounts.operations.sessions import forget_ended_sessions
from accounts.operations.tiers import edit_tier, pin_tier
from accounts.operations.using import note_use

__all__ = [
    "EmailTaken",
    "InvalidEmail",
    "InvalidKeySetting",
    "InvalidPreference",
    "KeyLimitReached",
    "MadeAlready",
    "NothingToConfirm",
    "ReasonMissing",
    "RotatedAlready",
    "UnknownAccount",
    "change_email",
    "confirm_email",
    "create_operator",
    "create_reseller",
    "deposit",
    "edit_key",
    "edit_tier",
    "forget_ended_sessions",
    "issue_key",
    "note_use",
    "pin_tier",
    "prefer",
    "regenerate_key",
    "remove_second_factor",
    "revoke_key",
    "set_password",
    "suspend",
    "unsuspend",
    "write_mail",
]
