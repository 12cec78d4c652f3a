"""The operator's exchange rates, and the services' rates that follow from them."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef

from catalog.models import ExchangeRate, Source
from catalog.operations import rows
from catalog.operations.repricing import Repriced, reprice
from kit import clock

CURRENCY = re.compile(r"[A-Z0-9]{2,8}")
ABOUT = ("exchange rate", 0)  # the key is a currency, and a subject's id a number: all of them have one history


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
        return _reprice(name, actor)


def change_exchange_rate(*, currency: str, usd: Decimal, actor: str) -> Repriced:
    """Say what it is worth now; every rate that follows from a cost in the currency is made anew, or none is.

    :raises ValidationError: where it is no rate. Nothing was changed then.
    """
    with transaction.atomic():
        rate = rows.locked(ExchangeRate, currency)
        before = rows.told(rate, ["usd"])["usd"]
        rate.usd, rate.changed_at = usd, clock.now()
        rate.full_clean()
        rate.save(update_fields=["usd", "changed_at"])
        repriced = _reprice(currency, actor)
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


def _reprice(currency: str, actor: str) -> Repriced:
    bought = Source.objects.filter(currency=currency, active=True).values_list("service_id", flat=True)
    return reprice(service_ids=set(bought), actor=actor, reason=f"the exchange rate of {currency} was set")
