"""Bringing services' rates to what their costs and the price rules say now."""

from collections.abc import Collection
from dataclasses import dataclass, field
from decimal import Decimal

from django.db import connection, transaction

import catalog.queries
import events.operations
from catalog.models import Service
from catalog.pricing import Basis, NoPrice
from kit.money import wire

BATCH = 500

WRITE = """
UPDATE catalog_service SET rate = made.rate
FROM unnest(%(ids)s::int[], %(rates)s::numeric[]) AS made (id, rate) WHERE catalog_service.id = made.id
"""


@dataclass(slots=True)
class Repriced:
    """What came of repricing: how many rates changed, and the services that keep theirs, each with why."""

    changed: int = 0
    kept: dict[int, str] = field(default_factory=dict)


def reprice(*, service_ids: Collection[int] | None = None, actor: str = "", reason: str = "") -> Repriced:
    """Make the rates of services that are priced by their cost anew, in batches of 500; the rest stay as they are.

    A service stays as it is, too, where nothing can be made of its cost (no exchange rate, a cost of 0): `kept` says
    why. Each batch is a transaction of its own, or part of the caller's; running it again changes nothing more.

    :param service_ids: None is all of them.
    :param reason: why, in words that each changed service's history keeps.
    """
    services = catalog.queries.priced_by_cost()
    if service_ids is not None:
        services = services.filter(pk__in=service_ids)
    ids = list(services.order_by("id").values_list("id", flat=True))
    done = Repriced()
    for start in range(0, len(ids), BATCH):
        _reprice_batch(ids[start : start + BATCH], actor, reason, done)
    return done


@transaction.atomic
def _reprice_batch(ids: list[int], actor: str, reason: str, done: Repriced) -> None:
    # The rows are locked first and what their rates are made of is read after that: of two that reprice one service at
    # the same moment, the later one sees what the earlier one saw, and more. Placing an order takes no such lock.
    locked = catalog.queries.priced_by_cost().filter(pk__in=ids).order_by("id")
    services = list(locked.select_for_update(of=("self",), no_key=True))
    bases = catalog.queries.bases(services)
    rates: dict[int, Decimal] = {}
    for service in services:
        rate = _rate(service, bases.get(service.pk, Basis()), done)
        if rate is not None and rate != service.rate:
            rates[service.pk] = rate
    if not rates:
        return
    with connection.cursor() as cursor:
        cursor.execute(WRITE, {"ids": list(rates), "rates": list(rates.values())})
    before = {service.pk: service.rate for service in services}
    events.operations.record_each(
        kind="service.repriced",
        subject="service",
        data={each: {"rate": [wire(before[each]), wire(rate)]} for each, rate in rates.items()},
        actor=actor,
        reason=reason,
    )
    done.changed += len(rates)


def _rate(service: Service, basis: Basis, done: Repriced) -> Decimal | None:
    try:
        return basis.rate()
    except NoPrice as error:
        done.kept[service.pk] = str(error)
        return None
