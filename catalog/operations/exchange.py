"""The operator's exchange rates, and the services' rates that follow from them."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from catalog.models import ExchangeRate, OffBecause, Source
from catalog.operations import rows, switching
from catalog.operations.creating import hold_services
from catalog.operations.repricing import BATCH, Repriced, reprice
from catalog.operations.syncing import telling
from kit import clock
from providers.models import Provider

CURRENCY = re.compile(r"[A-Z0-9]{2,8}")
ABOUT = ("exchange rate", 0)  # the key is a currency, and a subject's id a number: all of them have one history


# So that the next sync does not judge the same move again, and end what the operator has switched on meanwhile.
HEARD = """
UPDATE catalog_source SET seen = jsonb_set(seen, '{said,usd}', to_jsonb(%(usd)s::text))
WHERE id = ANY(%(ids)s) AND seen #>> '{said,currency}' = %(currency)s
"""


class ExchangeRateInUse(Exception):
    """Services are bought in the currency; the message says how many."""


def add_exchange_rate(*, currency: str, usd: Decimal, actor: str) -> Repriced:
    """Say what one unit of a currency is worth in USD, and price the services that waited for it.

    :raises ValidationError: where it is no currency or no rate, or is there already.
    """
    name = currency.strip().upper()
    if not CURRENCY.fullmatch(name) or name == "USD":
        raise ValidationError({"currency": "Write another currency than USD by its letters, like EUR."})
    with transaction.atomic():
        rows.add(ExchangeRate(currency=name, usd=usd, changed_at=clock.now()), actor, about=ABOUT)
        return _follow(name, usd, actor)


def change_exchange_rate(*, currency: str, usd: Decimal, actor: str) -> Repriced:
    """Say what it is worth now; every rate that follows from a cost in the currency is made anew, or none is.

    What would then sell below the margin floor is switched off, and on again what no longer would.

    :raises ValidationError: where it is no rate. Nothing was changed then.
    """
    with transaction.atomic():
        rate = rows.locked(ExchangeRate, currency)
        before = rows.told(rate, ["usd"])["usd"]
        moves = rate.usd != usd
        rate.usd, rate.changed_at = usd, clock.now()
        rate.full_clean()
        rate.save(update_fields=["usd", "changed_at"])
        repriced = _follow(currency, usd, actor) if moves else Repriced()
        data = {"currency": currency, "usd": [before, rows.told(rate, ["usd"])["usd"]], "repriced": repriced.changed}
        rows.record("changed", rate, actor, data, ABOUT)
        return repriced


def remove_exchange_rate(*, currency: str, actor: str, reason: str) -> None:
    """Remove a currency that nothing is bought in.

    :raises ExchangeRateInUse: where something is.
    """
    with transaction.atomic():
        rate = rows.locked(ExchangeRate, currency)
        unused = ExchangeRate.objects.filter(~Exists(Source.objects.filter(currency=OuterRef("pk"))), pk=currency)
        if not unused.exists():
            count = Source.objects.filter(currency=currency).values("service_id").distinct().count()
            bought = "1 service is" if count == 1 else f"{count} services are"
            raise ExchangeRateInUse(f"{bought} bought in {currency}: without its rate they could not be priced")
        rows.remove(rate, actor, reason, about=ABOUT)


def _follow(currency: str, usd: Decimal, actor: str) -> Repriced:
    """Reprice and judge what is bought in the currency, or what the provider now asks it for."""
    bought = Source.objects.filter(Q(currency=currency) | Q(seen__said__currency=currency))
    hold_services(bought)  # all of them, in their order, before any part: a sync holds them in it too
    reason = f"the exchange rate of {currency} was set"
    active = bought.filter(active=True).values_list("service_id", flat=True)
    repriced = reprice(service_ids=set(active), actor=actor, reason=reason)
    switched = _judge(bought, currency, usd, actor)
    again = reprice(service_ids=switched, actor=actor, reason=reason)
    repriced.changed += again.changed
    repriced.kept |= again.kept
    return repriced


def _judge(bought: QuerySet[Source], currency: str, usd: Decimal, actor: str) -> set[int]:
    """Switch what the new worth makes a loss, or no longer makes one; return the services that it switched."""
    judged = bought.filter(Q(active=True) | Q(off_because=OffBecause.PRICE)).order_by("service_id", "id")
    pairs = list(judged.values_list("id", "service_id"))
    switched: set[int] = set()
    for start in range(0, len(pairs), BATCH):
        moved = dict(pairs[start : start + BATCH])
        settled = switching.settle(service_ids=set(moved.values()), moved=moved, actor=actor)
        switched |= {sale.source.service_id for sale in (*settled.off, *settled.on)}
        with connection.cursor() as cursor:
            cursor.execute(HEARD, {"ids": list(moved), "usd": f"{usd.normalize():f}", "currency": currency})
    for provider in Provider.objects.filter(sources__service__in=switched).distinct().order_by("id"):
        telling.waiting(provider)
    return switched
