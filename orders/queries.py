"""Reading orders."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

import events.queries
from catalog.models import ServiceType
from kit import clock, ids
from kit.money import wire
from orders.models import Order, Purchase
from orders.naming import among, meant
from orders.states import OPEN, PurchaseState
from orders.subscription_queries import Posts, posts_of_each

SHOWN = ("id", "public_id", "status", "charge", "refunded", "start_count", "remains", "type")


class OrderNotFound(Exception):
    """No order of this account has this id."""


@dataclass(frozen=True, slots=True)
class OrderState:
    """How an order is doing: its status, what of its charge is kept, and its counters; of a subscription, its posts."""

    status: str
    charge: Decimal
    start_count: int
    remains: int
    subscription: Posts | None = None


def states(account_id: int, sent: Iterable[str]) -> dict[str, OrderState]:
    """Return the state of each of the account's orders among these ids, keyed by the id as it was sent.

    Either form of an id is understood: `ord_…`, or the order's number. One statement for all, and one more where there
    are subscriptions among them.
    """
    names = {text: order for text in sent if (order := meant("ord", text)) is not None}
    if not names:
        return {}
    rows = Order.objects.filter(among(names.values()), account_id=account_id).values_list(*SHOWN)
    posts = posts_of_each(row[0] for row in rows if row[-1] == ServiceType.SUBSCRIPTIONS)
    found: dict[int | UUID, OrderState] = {}
    for number, public_id, status, charge, refunded, start_count, remains, _ in rows:
        state = OrderState(status, charge - refunded, start_count or 0, remains, posts.get(number))
        found[number] = found[public_id] = state
    return {text: found[order] for text, order in names.items() if order in found}


def shown_ids(account_id: int, numbers: Iterable[int]) -> dict[int, str]:
    """Return the public ids (`ord_…`) of the account's orders among these numbers, in one statement."""
    orders = Order.objects.filter(account_id=account_id, pk__in=set(numbers)).values_list("pk", "public_id")
    return {number: ids.shown("ord", public_id) for number, public_id in orders}


def number_of(account_id: int, sent: str) -> int | None:
    """Return the number of the account's order that this id means, in either form; None where it has none such."""
    order = meant("ord", sent)
    if order is None:
        return None
    return Order.objects.filter(among([order]), account_id=account_id).values_list("pk", flat=True).first()


def charges(account_id: int, numbers: Iterable[int]) -> dict[int, Decimal]:
    """Return what each of the account's orders of these numbers was charged in USD, refunded or not."""
    rows = Order.objects.filter(account_id=account_id, pk__in=list(numbers))
    return dict(rows.values_list("pk", "charge"))


def is_open(account_id: int, number: int) -> bool:
    """Return whether the account's order of this number has not ended, as it is now."""
    return Order.objects.filter(account_id=account_id, pk=number, status__in=OPEN).exists()


MOST_COUNTED = 1000


def open_count(account_id: int) -> int:
    """Return how many of the account's orders have not ended; MOST_COUNTED where it is so many, or more."""
    under_way = Order.objects.filter(account_id=account_id, status__in=OPEN)
    return under_way.order_by()[:MOST_COUNTED].count()


YOURS = Q(resend_at__isnull=True) | Q(provider__active=False)  # of the unknown: the operator's to decide


def undecided() -> QuerySet[Purchase]:
    """Return the purchases in doubt that wait for the operator, the oldest first: none that is sent again by itself.

    A paused provider is sent nothing again.
    """
    return unknown().filter(YOURS)


def unknown() -> QuerySet[Purchase]:
    """Return the purchases of which nobody knows whether they were placed, the oldest first."""
    found = Purchase.objects.filter(state=PurchaseState.UNKNOWN)
    return found.select_related("order", "provider").order_by("claimed_at")


def wrongly_attached(order_id: int) -> list[Purchase]:
    """Return the order's purchases that are followed under an id of an operator's that the provider never knew.

    Not those whose id the provider gave itself: they are there, whatever it says for now.
    """
    never_known = Purchase.objects.filter(
        order_id=order_id, state=PurchaseState.PLACED, reported="", found_at__isnull=True
    )
    purchases = list(never_known.order_by("id"))
    if not purchases:
        return []
    decided = events.queries.history("order", order_id).filter(kind="purchase.placed", data__has_key="purchases")
    given = {
        (pk, data["provider_order"]) for data in decided.values_list("data", flat=True) for pk in data["purchases"]
    }
    return [each for each in purchases if (each.pk, each.provider_order_id) in given]


# Open for longer than STUCK_FACTOR times what its service usually takes (a day where nobody knows), an hour at least; a
# drip-feed's time begins with its last run. By each service's own index, so that only what is stuck is looked at; no
# more than MOST_STUCK of it, so that an outage at a provider does not make the search long.
STUCK = """
SELECT id FROM (
    SELECT late.id FROM catalog_service sold CROSS JOIN LATERAL (
        SELECT greatest(least(coalesce(sold.average_time, 1440)::bigint * %s, 5256000), 60) * interval '1 minute'
            AS usual
    ) takes CROSS JOIN LATERAL (
        SELECT o.id FROM orders_order o
        WHERE o.service_id = sold.id AND o.ended_at IS NULL AND o.type <> 'Subscriptions'
          AND o.created_at < %s - takes.usual
          AND o.created_at + least((o.runs - 1)::bigint * coalesce(o.interval, 0), 5256000) * interval '1 minute'
              < %s - takes.usual
        ORDER BY o.created_at LIMIT %s
    ) late
    UNION ALL
    SELECT order_id FROM orders_purchase
    WHERE state = 'placed' AND reported = '' AND claimed_at < %s - interval '1 hour'
) each_of_them GROUP BY id LIMIT %s
"""
MOST_STUCK = 1000


def stuck() -> QuerySet[Order]:
    """Return the open orders that take far longer than is usual, and those that their provider has never known.

    At most MOST_STUCK of them.
    """
    now = clock.now()
    params = [settings.STUCK_FACTOR, now, now, MOST_STUCK, now, MOST_STUCK]
    return Order.objects.filter(pk__in=RawSQL(STUCK, params))  # noqa: S611 -- nothing in it is anybody's input


@dataclass(frozen=True, slots=True)
class BrokenOrder:
    """An order whose charge and refund are not what the ledger says."""

    order_id: int
    account_id: int
    problem: str


# Every order against its entries, found by their references. An order that cost nothing has none.
PROOF = """
WITH told AS (
    SELECT split_part(reference, ':', 2)::bigint AS order_id, wallet_id,
           -coalesce(sum(amount) FILTER (WHERE amount < 0), 0) AS charged,
           coalesce(sum(amount) FILTER (WHERE amount > 0), 0) AS refunded
    FROM wallets_entry WHERE counter = 'sales' AND reference ~ '^order:[0-9]{1,18}:'
    GROUP BY 1, 2
)
SELECT coalesce(o.id, t.order_id), coalesce(o.account_id, t.wallet_id), o.charge, o.refunded,
       coalesce(t.charged, 0), coalesce(t.refunded, 0)
FROM orders_order o FULL JOIN told t ON t.order_id = o.id AND t.wallet_id = o.account_id
WHERE o.id IS NULL OR o.charge <> coalesce(t.charged, 0) OR o.refunded <> coalesce(t.refunded, 0)
ORDER BY 1
"""


def broken_orders() -> Iterator[BrokenOrder]:
    """Yield every order that the ledger does not bear out, in words. Run it in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(PROOF)
        for order, account, charge, refunded, told_charge, told_refund in cursor.fetchall():
            told = f"charged {wire(told_charge)} and refunded {wire(told_refund)}"
            if charge is None:
                problem = f"entries say {told}, but there is no such order"
            else:
                problem = f"the order says charged {wire(charge)} and refunded {wire(refunded)}, its entries {told}"
            yield BrokenOrder(order, account, problem)


# Sales are orders' alone: an entry that names none belongs to nothing that was sold.
STRAY = """
SELECT wallet_id, reference, amount FROM wallets_entry
WHERE counter = 'sales' AND reference !~ '^order:[0-9]{1,18}:(charge|refund:[0-9.]+)$'
ORDER BY id
"""


def stray_sales() -> Iterator[str]:
    """Yield, in words, every sales entry that names no order. Run it in one snapshot."""
    with connection.cursor() as cursor:
        cursor.execute(STRAY)
        for account, reference, amount in cursor.fetchall():
            yield f"{reference} of account {account}: {wire(amount)} against sales, but it names no order"
