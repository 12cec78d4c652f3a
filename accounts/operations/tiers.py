"""Tiers: what an operator says of them, and how deposits move an account up."""

from decimal import Decimal

from django.db import transaction

import events.operations
from accounts import cached
from accounts.models import Tier, User
from kit.transitions import change_if

# A statement that joins the tier cannot wait for the user's row: once it has it, PostgreSQL looks again with the tier
# it read before, and where the user's is another one by then, finds nobody.
LOCK = "SELECT id FROM accounts_user WHERE id = %(account)s FOR NO KEY UPDATE"

# Never down: a tier is left only by the operator's word. The best one reached is chosen in the same statement.
MOVE_UP = """
UPDATE accounts_user u SET tier_id = best.id, version = u.version + 1
FROM (
    SELECT id, name, deposits_from FROM accounts_tier
    WHERE deposits_from <= %(deposited)s ORDER BY deposits_from DESC LIMIT 1
) best, accounts_tier now
WHERE u.id = %(account)s AND NOT u.tier_pinned AND now.id = u.tier_id AND now.deposits_from < best.deposits_from
RETURNING now.name, best.name
"""


def move_up(*, account_id: int, deposited: Decimal, actor: str = "") -> str | None:
    """Move the account to the best tier its lifetime deposits reach; return its name, or None where nothing moved."""
    with transaction.atomic():
        change_if(LOCK, {"account": account_id})
        row = change_if(MOVE_UP, {"account": account_id, "deposited": deposited})
        if row is None:
            return None
        _record(account_id, row[0], row[1], actor, f"deposits of {deposited} USD")
        cached.account_changed(account_id)
    return str(row[1])


def pin_tier(*, account_id: int, tier_id: int, pinned: bool, actor: str, reason: str = "") -> None:
    """Put the account into a tier by the operator's word, kept there against deposits while pinned."""
    with transaction.atomic():
        user = User.objects.select_for_update(no_key=True).get(pk=account_id)  # alone: see LOCK
        before, user.tier = user.tier.name, Tier.objects.get(pk=tier_id)
        user.tier_pinned, user.version = pinned, user.version + 1
        user.save(update_fields=["tier", "tier_pinned", "version"])
        _record(account_id, before, user.tier.name, actor, reason)
        cached.account_changed(account_id)


def edit_tier(*, tier: Tier, actor: str = "") -> Tier:
    """Save an edited or new tier; its requests per minute and discount count from the next request on."""
    with transaction.atomic():
        if tier.pk is not None:
            tier.version = Tier.objects.select_for_update().get(pk=tier.pk).version + 1
        tier.save()
        events.operations.record(
            kind="tier.edited",
            subject="tier",
            subject_id=tier.pk,
            data={
                "name": tier.name,
                "deposits_from": str(tier.deposits_from),
                "requests_per_minute": tier.requests_per_minute,
                "discount_percent": str(tier.discount_percent),
            },
            actor=actor,
        )
        cached.tier_changed(tier)
    return tier


def _record(account_id: int, before: str, after: str, actor: str, reason: str) -> None:
    events.operations.record(
        kind="account.tier_changed",
        subject="account",
        subject_id=account_id,
        account_id=account_id,
        data={"from": before, "to": after},
        actor=actor,
        reason=reason,
    )
