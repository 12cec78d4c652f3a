"""Switching sources off before they sell at a loss, and on again once they no longer would.

Only sources are switched, never services: what has another source goes on selling, and what has none is off the list.
What the operator has switched off himself stays off, and what he has switched on again stays on until a price moves.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from django.conf import settings
from django.db import connection

import catalog.queries
import events.operations
from catalog.models import ExchangeRate, OffBecause, Source
from catalog.operations.merging import own_cost
from catalog.pricing import Basis, NoPrice, below_floor
from kit.money import rounded, wire

OFF = """
UPDATE catalog_source SET active = false, off_because = %(why)s
WHERE id = ANY(%(ids)s) AND active RETURNING id
"""
ON = """
UPDATE catalog_source SET active = true, off_because = ''
WHERE id = ANY(%(ids)s) AND NOT active AND off_because = %(why)s RETURNING id
"""


@dataclass(frozen=True, slots=True)
class Sale:
    """At what rate a source's service sells, and what the source takes for it now; both in USD."""

    source: Source
    rate: Decimal
    cost: Decimal | None

    def loses(self) -> bool:
        """Return whether selling it leaves less than the margin floor; what cannot be known loses nothing."""
        return self.cost is not None and below_floor(self.rate, self.cost, settings.MARGIN_FLOOR)

    def told(self) -> dict[str, str]:
        """Return it as events and the diff keep it."""
        return {"rate": wire(self.rate), "cost": "" if self.cost is None else wire(self.cost)}


@dataclass(slots=True)
class Settled:
    """The sources that were switched off for their price, and those that were switched on again."""

    off: list[Sale] = field(default_factory=list)
    on: list[Sale] = field(default_factory=list)


def settle(
    *, service_ids: Collection[int], moved: Collection[int], left: Collection[int] = (), actor: str = ""
) -> Settled:
    """Switch off what would now be sold below the margin floor, and on again what no longer would.

    A source is judged by what its provider says it takes, whether or not that was taken over as its cost: the provider
    charges it whatever we think. A cost that the operator has set himself is believed.

    :param moved: the sources whose price has just moved. Others are only judged where they become the first in line.
    :param left: services that have just lost a source, so that another one becomes the first.
    """
    worth = {"USD": Decimal(1), **dict(ExchangeRate.objects.values_list("currency", "usd"))}
    found = Settled()
    for service_id, sources in groupby(catalog.queries.bought_at(service_ids), lambda pair: pair[0].service_id):
        _judge(list(sources), set(moved), service_id in left, worth, found)
    return Settled(
        off=_switch(OFF, OffBecause.PRICE, found.off, "source.switched_off", actor),
        on=_switch(ON, OffBecause.PRICE, found.on, "source.switched_on", actor),
    )


def switch_off(*, source_ids: Collection[int], why: OffBecause, actor: str = "") -> set[int]:
    """Switch sources off for another reason than their price; return those that were on."""
    switched = _change(OFF, why, source_ids)
    told = {each: {"because": str(why.label)} for each in switched}
    events.operations.record_each(kind="source.switched_off", subject="source", data=told, actor=actor)
    return switched


def asked_now(source: Source, worth: dict[str, Decimal]) -> Decimal | None:
    """Return what the provider takes in USD, by its own last word; None where its currency's worth is not known."""
    said = source.seen.get("said", {})
    amount, currency = source.cost, source.currency
    if "rate" in said and not own_cost(source):
        amount, currency = Decimal(said["rate"]), said.get("currency", currency)
    usd = worth.get(currency)
    return None if usd is None else rounded(amount * usd)


def _judge(
    sources: Sequence[tuple[Source, Basis]],
    moved: set[int],
    uncovered: bool,
    worth: dict[str, Decimal],
    found: Settled,
) -> None:
    """Find what is to be switched among one service's sources, in the order that they are asked."""
    sold: Decimal | None = None  # the rate that the first good source makes
    moves = uncovered or any(source.pk in moved for source, _ in sources)
    for source, basis in sources:
        asked = asked_now(source, worth)
        sale = Sale(source, _rate(source, basis) if sold is None else sold, asked)
        if not source.active:
            if sale.loses():
                continue
            found.on.append(sale)
        elif sold is not None:
            # Failover asks for the margin by the cost that was taken over: it does not see a price that is held back.
            # What moved may be the price of the first, by which all are sold.
            held = moves and asked is not None and asked != _taken(source, worth)
            found.off += [sale] if held and sale.loses() else []
            continue
        elif (source.pk in moved or uncovered) and sale.loses():
            found.off.append(sale)
            uncovered = True
            continue
        sold = sale.rate if sold is None else sold


def _rate(source: Source, basis: Basis) -> Decimal:
    """Return the rate of the service were this source the first."""
    try:
        made = basis.rate()
    except NoPrice:
        made = None
    return source.service.rate if made is None else made


def _taken(source: Source, worth: dict[str, Decimal]) -> Decimal:
    return rounded(source.cost * worth.get(source.currency, Decimal(0)))


def _switch(sql: str, why: OffBecause, sales: Sequence[Sale], kind: str, actor: str) -> list[Sale]:
    switched = _change(sql, why, [sale.source.pk for sale in sales])
    done = [sale for sale in sales if sale.source.pk in switched]
    told = {sale.source.pk: {"because": str(why.label), **sale.told()} for sale in done}
    events.operations.record_each(kind=kind, subject="source", data=told, actor=actor)
    return done


def _change(sql: str, why: OffBecause, ids: Collection[int]) -> set[int]:
    return set(_changed(sql, why, ids)) if ids else set()


def _changed(sql: str, why: OffBecause, ids: Collection[int]) -> Iterator[int]:
    with connection.cursor() as cursor:
        cursor.execute(sql, {"ids": list(ids), "why": why.value})
        yield from (row[0] for row in cursor.fetchall())
