"""The operator's screens of accounts: users, tiers, API keys, and mails."""

from accounts.admin.keys import ApiKeyAdmin
from accounts.admin.mails import MailAdmin
from accounts.admin.tiers import TierAdmin
from accounts.admin.users import UserAdmin

__all__ = ["ApiKeyAdmin", "MailAdmin", "TierAdmin", "UserAdmin"]
