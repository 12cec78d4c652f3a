"""The operator's screens of accounts: users, tiers and API keys."""

from accounts.admin.keys import ApiKeyAdmin
from accounts.admin.tiers import TierAdmin
from accounts.admin.users import UserAdmin

__all__ = ["ApiKeyAdmin", "TierAdmin", "UserAdmin"]
