"""What providers say we have there: each reading is kept for a while, and a low one is told."""

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from alerts.operations import clear_alert, raise_alert
from kit import clock, money
from kit.transitions import change_one
from providers.models import BalanceReading, Provider
from providers.operations.checks import NoSuchProvider
from providers.operations.telling import page_of

LOW = "provider.low_balance"
READINGS_KEPT = timedelta(days=90)


@transaction.atomic
def record_balance(*, provider_id: int, balance: Decimal, currency: str = "USD") -> None:
    """Keep what a provider says we have there, and tell the operator where it is low.

    :raises NoSuchProvider: where it has been removed meanwhile.
    """
    balance, now = money.rounded(balance), clock.now()
    change_one(
        "UPDATE providers_provider SET last_balance = %(balance)s, currency = %(currency)s,"
        " balance_at = %(now)s WHERE id = %(id)s RETURNING id",
        {"id": provider_id, "balance": balance, "currency": currency, "now": now},
        NoSuchProvider(f"There is no provider {provider_id}."),
    )
    BalanceReading.objects.create(provider_id=provider_id, balance=balance, currency=currency, at=now)
    judge_balance(provider_id)


def judge_balance(provider_id: int) -> None:
    """Tell the operator that an active provider's last balance is below what he wants there, or no longer is."""
    low = Provider.objects.filter(pk=provider_id, active=True, last_balance__lt=F("low_balance")).first()
    if low is None or low.last_balance is None or low.low_balance is None:
        clear_alert(kind=LOW, subject_id=provider_id)
        return
    raise_alert(
        kind=LOW,
        subject_id=provider_id,
        text=f"{low.name} says that {money.wire(low.last_balance)} {low.currency} is left, which is below"
        f" {money.wire(low.low_balance)}: top it up, or orders there will wait.",
        path=page_of(provider_id),
    )


def forget_old_readings() -> int:
    """Delete the balances that were said more than 90 days ago; return how many."""
    return BalanceReading.objects.filter(at__lt=clock.now() - READINGS_KEPT).delete()[0]
