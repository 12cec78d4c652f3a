"""Reading the catalogue."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from catalog.models import ExchangeRate, OffBecause, PricingMode, Service, Source, Stop
from catalog.offering import Offer as Offer
from catalog.offering import offer as offer
from catalog.pricing import Basis, Deal, basis_of, deal_of


class Listed(NamedTuple):
    """A service as it is listed; `rate` before any discount."""

    id: int
    name: str
    type: str
    category: str
    rate: Decimal
    min: int
    max: int
    refill: bool
    cancel: bool
    dripfeed: bool
    description: str
    average_time: int | None


LISTED = (
    "id", "name", "type", "category__name", "rate", "min", "max",
    "refill", "cancel", "dripfeed", "description", "average_time",
)  # fmt: skip


def on_sale() -> QuerySet[Service]:
    """Return the services on sale (active, category active, with a source), by category and the operator's order."""
    can_be_bought = Exists(Source.objects.filter(service=OuterRef("pk"), active=True))
    return Service.objects.filter(can_be_bought, active=True, category__active=True)


def listing() -> list[Listed]:
    """Return every service on sale, as it is listed."""
    return [Listed(*row) for row in on_sale().values_list(*LISTED)]


@dataclass(frozen=True, slots=True)
class Terms:
    """What one account pays: `usual` for every service that has no deal of its own among `own`."""

    usual: Deal
    own: dict[int, Deal] = field(default_factory=dict)

    def of(self, service_id: int) -> Deal:
        """Return the deal for one service."""
        return self.own.get(service_id, self.usual)


def terms(account_id: int) -> Terms:
    """Return the account's tier's discount with its personal prices and discounts, in one statement."""
    rows: Any = User.objects.filter(pk=account_id).values_list(
        "tier__discount_percent",
        "personal_prices__service_id",
        "personal_prices__rate",
        "personal_prices__discount_percent",
    )
    found = {service: (tier, rate, percent) for tier, service, rate, percent in rows}
    tier = next(iter(found.values()))[0]
    everywhere = found.pop(None, (tier, None, None))[2]
    own = {service: deal_of(*given, everywhere) for service, given in found.items()}
    return Terms(deal_of(tier, None, None, everywhere), own)


# What a source's cost and the rules say of its service's rate. Named for `basis_of`.
PRICED: dict[str, Any] = {
    "provider_name": F("provider__name"),
    "category_name": F("service__category__name"),
    "category_mode": F("service__category__price_rule__mode"),
    "category_value": F("service__category__price_rule__value"),
    "provider_mode": F("provider__price_rule__mode"),
    "provider_value": F("provider__price_rule__value"),
    "usd": Subquery(ExchangeRate.objects.filter(currency=OuterRef("currency")).values("usd")),
}


def bases(services: Collection[Service]) -> dict[int, Basis]:
    """Return what each service's rate is made of, by its id, in one statement; without an active source, nothing."""
    by_id = {service.pk: service for service in services}
    active = Source.objects.filter(service__in=by_id, active=True).annotate(**PRICED)
    first = active.order_by("service_id", "priority", "id").distinct("service_id")
    return {
        each.service_id: basis_of(by_id[each.service_id].pricing_mode, by_id[each.service_id].pricing_value, each)
        for each in first
    }


def priced_by_cost() -> QuerySet[Service]:
    """Return the services whose rate follows from a cost, by whatever rule; those without any rule among them."""
    return Service.objects.exclude(pricing_mode=PricingMode.FIXED)


def bought_at(service_ids: Collection[int]) -> list[tuple[Source, Basis]]:
    """Return where services are bought, in the order that sources are asked: those that are active, and those that the
    sync switched off for their price; each with what its service's rate would be made of, were it the first.
    """
    sold = Source.objects.filter(Q(active=True) | Q(off_because=OffBecause.PRICE), service__in=service_ids)
    sources = sold.select_related("service").annotate(**PRICED).order_by("service_id", "priority", "id")
    return [(each, basis_of(each.service.pricing_mode, each.service.pricing_value, each)) for each in sources]


def exchange_rate(currency: str) -> Decimal | None:
    """Return what one unit of the currency is worth in USD by the operator's word; None where he has not said."""
    return ExchangeRate.objects.filter(currency=currency).values_list("usd", flat=True).first()


def currencies() -> list[str]:
    """Return the codes of the currencies that the operator has a rate for, in their order."""
    return list(ExchangeRate.objects.order_by("currency").values_list("currency", flat=True))


def stops() -> QuerySet[Stop]:
    """Return what no new orders are taken of, the whole panel first, then the latest."""
    return Stop.objects.select_related("service", "provider").order_by(
        F("service").asc(nulls_first=True), F("provider").asc(nulls_first=True), "-since"
    )
