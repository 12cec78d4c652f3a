"""Reading the catalogue."""

from decimal import Decimal
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Subquery

from accounts.models import User
from catalog.models import Service, Source


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


def listing() -> list[Listed]:
    """Return every service on sale (active, category active, with a source), by category and the operator's order."""
    can_be_bought = Exists(Source.objects.filter(service=OuterRef("pk"), active=True))
    on_sale = Service.objects.filter(can_be_bought, active=True, category__active=True)
    return [Listed(*row) for row in on_sale.values_list(*LISTED)]


def discount_percent(account_id: int) -> Decimal:
    """Return the discount of the account's tier, in percent."""
    return User.objects.values_list("tier__discount_percent", flat=True).get(pk=account_id)


class Offer(NamedTuple):
    """A service that can be ordered now, for one account: its discount, and where the service is bought first."""

    service: Service
    source: Source
    discount_percent: Decimal


def offer(service_id: int, account_id: int) -> Offer | None:
    """Return the service on sale with its first source and the account's discount, in one statement, or None."""
    discount = User.objects.filter(pk=account_id).values("tier__discount_percent")
    source = (
        Source.objects.filter(service_id=service_id, active=True, service__active=True, service__category__active=True)
        .select_related("service")
        .annotate(account_discount=Subquery(discount))
        .order_by("priority", "id")
        .first()
    )
    return None if source is None else Offer(source.service, source, source.account_discount)
