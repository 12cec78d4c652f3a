"""Comparing each provider's balance with what our orders there cost, once a day, and telling the operator of drift."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction

import alerts.operations
import providers.checking
from events.operations import record
from kit import clock
from kit.money import LIMIT, ZERO, rounded, wire
from orders.models import Reconciliation, Topup
from orders.reconciliation_queries import Bought, bought_at, last_reconciliation
from providers.models import Provider

ONCE_IN = timedelta(hours=24)
TOLERATED = Decimal("0.01")  # of what was spent: rounding of other panels, and what was on its way at either look
SMALLEST = Decimal(1)  # unit of the provider's currency: less is not worth a mail
DRIFT = "provider.drift"


class TopupRefused(Exception):
    """What was given for a top-up cannot be kept; the message says why."""


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What came of one provider: the row that was written, or why there is none (a sentence)."""

    name: str
    row: Reconciliation | None = None
    problem: str = ""


def reconcile_due() -> list[Reconciled]:
    """Reconcile every active provider whose last look is a day old, or that was never looked at."""
    before = clock.now() - ONCE_IN
    recent = Reconciliation.objects.filter(at__gt=before).values("provider_id")
    return reconcile(list(Provider.objects.filter(active=True).exclude(pk__in=recent)))


def reconcile(providers_: Sequence[Provider]) -> list[Reconciled]:
    """Ask each provider for its balance, and keep it beside our costs there and the drift since the last look.

    Call it outside a transaction.
    """
    # What is claimed from here on may or may not be in the balance we are told: the next look counts it.
    asked_at = clock.now()
    told = providers.checking.ask_balances(providers_)
    bought = bought_at([each.provider_id for each in told if each.balance is not None], until=asked_at)
    return [
        Reconciled(each.name, problem=each.problem)
        if each.balance is None
        else Reconciled(
            each.name,
            _keep(each.provider_id, each.name, each.balance, each.currency, bought[each.provider_id], asked_at),
        )
        for each in told
    ]


def note_topup(
    *, provider_id: int, amount: Decimal, reference: str, paid_at: datetime | None = None, actor: str = ""
) -> Topup:
    """Note money that was paid to a provider, in its currency, once for each reference; negative: that came back.

    Noted late, it is counted where it belongs: in the first look after `paid_at`.

    :raises TopupRefused: where the amount is nothing, the moment is still to come, or the reference is another one's.
    """
    reference, paid_at = _checked(amount, reference, paid_at or clock.now())
    try:
        with transaction.atomic():
            Provider.objects.select_for_update(no_key=True).get(
                pk=provider_id
            )  # a look that is being kept comes before or after
            topup = Topup.objects.create(
                provider_id=provider_id, amount=rounded(amount), reference=reference, paid_at=paid_at, actor=actor
            )
            _count_late(topup)
            data = {"amount": wire(amount), "reference": reference, "paid_at": paid_at.isoformat()}
            record(kind="provider.topped_up", subject="provider", subject_id=provider_id, data=data, actor=actor)
    except IntegrityError as error:
        raise TopupRefused(f"a top-up of this provider with the reference {reference!r} is noted already") from error
    return topup


def _checked(amount: Decimal, reference: str, paid_at: datetime) -> tuple[str, datetime]:
    reference = reference.strip()
    if rounded(amount) == ZERO or abs(amount) >= LIMIT:
        raise TopupRefused("say how much was paid in, or, with a minus, how much came back")
    if not 1 <= len(reference) <= 128 or not reference.isprintable():
        raise TopupRefused("give the payment's reference, 1 to 128 characters, so that it is not noted twice")
    if paid_at > clock.now():
        raise TopupRefused("a top-up is noted once it is paid: the moment is still to come")
    return reference, paid_at


def _count_late(topup: Topup) -> None:
    later = Reconciliation.objects.filter(provider_id=topup.provider_id, at__gte=topup.paid_at).order_by("at")
    row = later.first()
    if row is None:
        return  # the next look counts it
    before = Reconciliation.objects.filter(provider_id=topup.provider_id, at__lt=row.at).order_by("at").last()
    if before is None or before.currency != row.currency:
        return  # nothing was compared at that look: the first one, or the first in another currency
    row.topped_up += topup.amount
    row.drift += topup.amount
    row.save(update_fields=["topped_up", "drift"])
    if row == last_reconciliation(topup.provider_id):
        _tell(row)


@transaction.atomic
def _keep(
    provider_id: int, name: str, balance: Decimal, currency: str, bought: Bought, asked_at: datetime
) -> Reconciliation:
    Provider.objects.select_for_update(no_key=True).get(pk=provider_id)
    before = last_reconciliation(provider_id)
    row = Reconciliation(
        provider_id=provider_id,
        at=asked_at,
        currency=currency,
        balance=rounded(balance),
        cost=bought.cost.get(currency, ZERO),
        unknown=bought.unknown.get(currency, ZERO),
    )
    # Nothing can be compared at the first look, nor across currencies.
    if before is not None and before.currency == currency:
        topups = Topup.objects.filter(provider_id=provider_id, paid_at__gt=before.at, paid_at__lte=asked_at)
        row.topped_up = sum(topups.values_list("amount", flat=True), ZERO)
        row.spent = row.cost - before.cost
        row.drift = (before.balance - row.balance + row.topped_up) - row.spent
    row.save(force_insert=True)
    _tell(row)
    return row


def drifts(row: Reconciliation) -> bool:
    """Return whether more is missing, or there, than rounding and what was on its way explain."""
    return abs(row.drift) > SMALLEST and abs(row.drift) > abs(row.spent) * TOLERATED


def _tell(row: Reconciliation) -> None:
    if not drifts(row) or not row.provider.active:
        alerts.operations.clear_alert(kind=DRIFT, subject_id=row.provider_id)
        return
    fell = "more" if row.drift > 0 else "less"
    alerts.operations.raise_alert(
        kind=DRIFT,
        subject_id=row.provider_id,
        text=f"{row.provider.name}: until {row.at:%Y-%m-%d %H:%M} UTC its balance fell by {wire(abs(row.drift))} "
        f"{row.currency} {fell} than our orders and your top-ups explain (our orders cost {wire(row.spent)}). "
        "Note a top-up that is missing, or ask the provider.",
        path=f"/admin/orders/reconciliation/{row.pk}/change/",
    )
