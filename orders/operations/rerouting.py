"""Buying an order at the next of its service's sources, where the first refuses it or cannot serve us."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import connection, transaction

import events.operations
from catalog.models import ONE_PRICE
from kit import clock
from kit.nudge import nudge
from orders.models import Purchase

BATCH = 500

# Of a provider `v`: it takes orders, as far as anybody knows.
WORKS = "(v.active AND v.failing_at <> 'add' AND (v.ask_again_at IS NULL OR v.ask_again_at <= %(now)s))"

# The one rule of where a purchase `p` of the order `o` may go instead. Its share of the charge, less the margin floor,
# has to cover what it costs there; a currency whose worth the operator has not told covers nothing. A source that has
# refused this run is not asked again, one that delivers runs by itself is no match for one that does not, and a
# subscription that was placed stays where it is: its posts are there.
NEXT = """
SELECT s.id AS source_id, s.provider_id, s.currency, coalesce(x.usd, 1) AS exchange_rate
FROM catalog_source s
JOIN catalog_service sold ON sold.id = s.service_id
JOIN providers_provider v ON v.id = s.provider_id
LEFT JOIN catalog_exchangerate x ON x.currency = s.currency
CROSS JOIN LATERAL (SELECT
    CASE o.type WHEN 'Subscriptions' THEN o.charge ELSE o.charge * p.quantity / nullif(o.quantity, 0) END AS share,
    (CASE o.type WHEN 'Subscriptions' THEN sold.min ELSE p.quantity END)
        / (CASE WHEN o.type = ANY(%(one_price)s) THEN 1.0 ELSE 1000.0 END) AS units
) buys
WHERE s.service_id = o.service_id AND s.id <> p.source_id AND s.active AND v.active
  AND p.cancel_requested_at IS NULL
  AND (s.currency = 'USD' OR x.usd IS NOT NULL)
  AND buys.share * (100 - %(floor)s) / 100 >= round(s.cost * coalesce(x.usd, 1) * buys.units, 8)
  AND (o.runs = 1 OR s.own_dripfeed = (p.quantity = o.quantity))
  AND NOT EXISTS (SELECT FROM catalog_stop stop WHERE stop.provider_id = v.id)
  AND NOT EXISTS (
      SELECT FROM orders_purchase tried WHERE tried.order_id = p.order_id AND tried.run = p.run
      AND tried.state = 'refused' AND tried.source_id = s.id)
  AND (o.type <> 'Subscriptions' OR NOT EXISTS (
      SELECT FROM orders_purchase there WHERE there.order_id = p.order_id AND there.provider_order_id IS NOT NULL))
"""

# After a refusal: the next by priority, but one that works before one that does not.
AFTER_REFUSAL = f"""
SELECT next.* FROM orders_purchase p JOIN orders_order o ON o.id = p.order_id
CROSS JOIN LATERAL ({NEXT} ORDER BY NOT {WORKS}, s.priority, s.id LIMIT 1) next
WHERE p.id = %(purchase)s
"""  # noqa: S608

# Moved where they stand, still one purchase of one run. Whoever is just being claimed, or is cancelled, is left alone.
MOVE = f"""
WITH moving AS (
    SELECT p.id, p.provider_id AS from_id, next.*
    FROM orders_purchase p JOIN orders_order o ON o.id = p.order_id
    JOIN providers_provider here ON here.id = p.provider_id
    CROSS JOIN LATERAL ({NEXT} AND {WORKS} ORDER BY s.priority, s.id LIMIT 1) next
    WHERE p.state = 'queued' AND {{which}}
    ORDER BY p.due_at LIMIT %(batch)s FOR UPDATE OF p SKIP LOCKED
)
UPDATE orders_purchase p SET source_id = moving.source_id, provider_id = moving.provider_id,
    currency = moving.currency, exchange_rate = moving.exchange_rate, cost = NULL, balance_before = NULL,
    due_at = %(now)s
FROM moving WHERE p.id = moving.id AND p.state = 'queued'
RETURNING p.id, p.order_id, moving.from_id, p.provider_id
"""  # noqa: S608
ONE = MOVE.format(which="p.id = %(purchase)s")
WAITING = MOVE.format(which=f"p.due_at <= %(now)s AND NOT {WORKS.replace('v.', 'here.')}")


@dataclass(frozen=True, slots=True)
class Moved:
    """A purchase that is now queued at another provider."""

    purchase_id: int
    order_id: int
    from_id: int
    to_id: int


def buy_elsewhere(*, purchase_id: int) -> bool:
    """Queue the refused purchase's run at the next source, as a new attempt; return whether there was one.

    Runs in the transaction of the refusal, of which there is one for each purchase; and purchase_one_live_per_run lets
    nobody buy a run twice, whatever happens.
    """
    with connection.cursor() as cursor:
        cursor.execute(AFTER_REFUSAL, {"purchase": purchase_id, **_rule()})
        row = cursor.fetchone()
    if row is None:
        return False
    source_id, provider_id, currency, exchange_rate = row
    refused = Purchase.objects.get(pk=purchase_id)
    attempt = Purchase.objects.create(
        order_id=refused.order_id,
        run=refused.run,
        attempt=refused.attempt + 1,
        source_id=source_id,
        provider_id=provider_id,
        currency=currency,
        exchange_rate=exchange_rate,
        quantity=refused.quantity,
        wanted_at=refused.wanted_at,
        due_at=clock.now(),
    )
    data = {"purchase": attempt.pk, "after": refused.pk, "from": refused.provider_id, "to": provider_id}
    events.operations.record(kind="purchase.failed_over", subject="order", subject_id=refused.order_id, data=data)
    return True


def move_elsewhere(*, purchase_id: int, why: str) -> bool:
    """Move the queued purchase to the next source whose provider works; return whether there was one.

    Runs in the transaction of what made its provider rest.
    """
    return bool(_moved(ONE, why, purchase=purchase_id))


def reroute() -> int:
    """Move what waits at providers that are paused, failing or resting to sources whose provider works.

    Return how many were moved, BATCH at most; the next sweep goes on.
    """
    with transaction.atomic():
        moved = _moved(WAITING, "its provider takes no orders now")
        if moved:
            nudge("orders.buy_due")
    return len(moved)


def _moved(statement: str, why: str, **which: Any) -> list[Moved]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"batch": BATCH, **_rule(), **which})
        moved = [Moved(*row) for row in cursor.fetchall()]
    for (from_id, to_id), orders in _by_way(moved).items():
        data = {order: {"purchases": ids, "from": from_id, "to": to_id, "why": why} for order, ids in orders.items()}
        events.operations.record_each(kind="purchase.moved", subject="order", data=data)
    return moved


def _by_way(moved: list[Moved]) -> dict[tuple[int, int], dict[int, list[int]]]:
    """Return the purchases of each order, by where they were and where they are now."""
    ways: dict[tuple[int, int], dict[int, list[int]]] = {}
    for each in moved:
        ways.setdefault((each.from_id, each.to_id), {}).setdefault(each.order_id, []).append(each.purchase_id)
    return ways


def _rule() -> dict[str, Any]:
    return {"now": clock.now(), "floor": settings.MARGIN_FLOOR, "one_price": [str(each) for each in ONE_PRICE]}
