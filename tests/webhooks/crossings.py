"""How often a wallet went below its threshold, read off its entries: what `balance.low` must have been told of."""

from decimal import Decimal

from events.models import Event
from kit.money import wire
from wallets.models import Entry


def crossings(account_id: int, threshold: Decimal) -> list[str]:
    """Return each balance that a debit left below the threshold from at or above it, in the order of the entries."""
    entries = Entry.objects.filter(wallet_id=account_id).order_by("seq").values_list("amount", "balance_after")
    return [wire(after) for amount, after in entries if after < threshold <= after - amount]


def lows(account_id: int) -> list[str]:
    """Return each balance that was told as low, in the order it was told."""
    events = Event.objects.filter(kind="balance.low", account_id=account_id).order_by("id")
    return [each.data["balance"] for each in events]
