"""The operator's screen of tiers."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts import operations
from accounts.models import Tier
from kit.screens import Screen, dollars


@admin.register(Tier)
class TierAdmin(Screen):
    """What an account may do and pays, by what it has deposited."""

    list_display = ["name", "from_deposits", "requests_per_minute", "discount_percent"]
    fields = ["name", "deposits_from", "requests_per_minute", "discount_percent"]

    def save_model(self, request: HttpRequest, obj: Tier, form: Any, change: bool) -> None:
        """Save it by the operation, in the operator's name."""
        operations.edit_tier(tier=obj, actor=request.user.get_username())

    @admin.display(description="from deposits of, USD", ordering="deposits_from")
    def from_deposits(self, tier: Tier) -> str:
        """Return the lifetime deposits that reach it."""
        return dollars(tier.deposits_from)
