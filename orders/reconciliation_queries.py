"""What our purchases at providers cost, for comparing it with their balances."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db import connection

from orders.models import Reconciliation

# What stands at the provider, and apart from it what may. A cost that nobody noted (orders from before costs were
# kept) counts as nothing.
COSTS = """
SELECT provider_id, currency,
       coalesce(sum(cost) FILTER (WHERE state <> 'unknown'), 0),
       coalesce(sum(cost) FILTER (WHERE state = 'unknown'), 0)
FROM orders_purchase
WHERE provider_id = ANY(%(providers)s) AND (claimed_at IS NULL OR claimed_at <= %(until)s)
  AND (state IN ('placed', 'done', 'unknown') OR state = 'withdrawn' AND provider_order_id IS NOT NULL)
GROUP BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class Bought:
    """What our purchases at one provider cost, and the unknown ones apart, both by currency."""

    cost: dict[str, Decimal] = field(default_factory=dict)
    unknown: dict[str, Decimal] = field(default_factory=dict)


def bought_at(provider_ids: Iterable[int], *, until: datetime) -> dict[int, Bought]:
    """Return what was bought at each of these providers by purchases claimed until then. One statement."""
    bought = {each: Bought() for each in provider_ids}
    with connection.cursor() as cursor:
        cursor.execute(COSTS, {"providers": list(bought), "until": until})
        for provider_id, currency, cost, unknown in cursor.fetchall():
            bought[provider_id].cost[currency] = cost
            bought[provider_id].unknown[currency] = unknown
    return bought


def last_reconciliation(provider_id: int) -> Reconciliation | None:
    """Return the provider's latest look, or None before the first."""
    return Reconciliation.objects.filter(provider_id=provider_id).select_related("provider").order_by("-at").first()
