"""One service as one account can order it now, in one statement: every `add` asks for it."""

from functools import cache
from types import SimpleNamespace
from typing import NamedTuple

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection

from catalog.models import Service, Source
from catalog.pricing import Basis, Deal, Price, basis_of, deal_of, explained

LARGEST_ID = 2**31 - 1  # what the column holds
LEFT_OUT = {"seen"}  # of a source: the provider's words, which no order needs

# The first source whose provider is not stopped; where all of them are, the first, with the text that is told. One
# that stands in for a stopped one has to leave the margin floor at the service's rate, as one that it fails over to
# has. What is seldom there (rules, personal prices, stops) is looked up by its unique index in a subquery of its own:
# joins of a dozen tables take longer to plan than to run.
OFFER = """
SELECT {source}, {service},
    provider.name AS provider_name, category.name AS category_name,
    of_category.mode AS category_mode, of_category.value AS category_value,
    of_provider.mode AS provider_mode, of_provider.value AS provider_value,
    (SELECT usd FROM catalog_exchangerate e WHERE e.currency = source.currency) AS usd,
    (SELECT discount_percent FROM accounts_tier t JOIN accounts_user u ON u.tier_id = t.id WHERE u.id = %(account)s)
        AS tier_percent,
    (SELECT rate FROM catalog_personalprice p WHERE p.account_id = %(account)s AND p.service_id = service.id)
        AS own_rate,
    (SELECT discount_percent FROM catalog_personalprice p
     WHERE p.account_id = %(account)s AND p.service_id = service.id) AS own_percent,
    (SELECT discount_percent FROM catalog_personalprice p WHERE p.account_id = %(account)s AND p.service_id IS NULL)
        AS everywhere_percent,
    (SELECT text FROM catalog_stop s WHERE s.service_id IS NULL AND s.provider_id IS NULL) AS panel_stop,
    (SELECT text FROM catalog_stop s WHERE s.service_id = service.id) AS service_stop,
    provider_stop.text AS provider_stop
FROM catalog_source source
JOIN catalog_service service ON service.id = source.service_id
JOIN catalog_category category ON category.id = service.category_id
JOIN providers_provider provider ON provider.id = source.provider_id
LEFT JOIN catalog_pricerule of_category ON of_category.category_id = category.id
LEFT JOIN catalog_pricerule of_provider ON of_provider.provider_id = provider.id
LEFT JOIN catalog_stop provider_stop ON provider_stop.provider_id = provider.id
WHERE source.service_id = %(service)s AND source.active AND service.active AND category.active
ORDER BY
    provider_stop.text IS NOT NULL
        OR bool_or(provider_stop.text IS NOT NULL) OVER (ORDER BY source.priority, source.id)
        AND (service.rate * (100 - %(floor)s) / 100 >= source.cost * CASE source.currency WHEN 'USD' THEN 1 ELSE
            (SELECT usd FROM catalog_exchangerate e WHERE e.currency = source.currency) END) IS NOT TRUE,
    source.priority, source.id
LIMIT 1
"""


class Offer(NamedTuple):
    """A service that can be ordered, for one account: its deal, where it is bought first, and what its rate is made of.

    `stopped` is the text that resellers get where the operator takes no new orders of it; otherwise empty.
    """

    service: Service
    source: Source
    deal: Deal
    basis: Basis
    stopped: str

    def price(self, quantity: int) -> Price:
        """Return what so many cost the account, over all runs and before any coupon, with the steps that lead there."""
        sold = self.service
        return explained(service_type=sold.type, rate=sold.rate, deal=self.deal, quantity=quantity, basis=self.basis)


def offer(service_id: int, account_id: int) -> Offer | None:
    """Return the service on sale with its first source and the account's deal, in one statement, or None.

    A source of a stopped provider is passed over for one that is not, and that leaves the margin floor.
    """
    if not 0 < service_id <= LARGEST_ID:
        return None
    sql, of_source, of_service = _statement()
    with connection.cursor() as cursor:
        cursor.execute(sql, {"service": service_id, "account": account_id, "floor": settings.MARGIN_FLOOR})
        row = cursor.fetchone()
        names = [column.name for column in cursor.description or ()]
    if row is None:
        return None
    source = Source.from_db(DEFAULT_DB_ALIAS, of_source, row[: len(of_source)])
    service = Service.from_db(DEFAULT_DB_ALIAS, of_service, row[len(of_source) : len(of_source) + len(of_service)])
    source.service = service
    rest = len(of_source) + len(of_service)
    told = SimpleNamespace(
        **dict(zip(names[rest:], row[rest:], strict=True)), cost=source.cost, currency=source.currency
    )
    return Offer(
        service=service,
        source=source,
        deal=deal_of(told.tier_percent, told.own_rate, told.own_percent, told.everywhere_percent),
        basis=basis_of(service.pricing_mode, service.pricing_value, told),
        stopped=told.panel_stop or told.service_stop or told.provider_stop or "",
    )


@cache
def _statement() -> tuple[str, list[str], list[str]]:
    """Return the statement with the columns of our own models, and the names of their fields."""
    source = [field for field in Source._meta.concrete_fields if field.name not in LEFT_OUT]
    service = list(Service._meta.concrete_fields)
    sql = OFFER.format(
        source=", ".join(f"source.{field.column}" for field in source),
        service=", ".join(f"service.{field.column}" for field in service),
    )
    return sql, [field.attname for field in source], [field.attname for field in service]
