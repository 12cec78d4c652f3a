"""Following what was bought, in batches of 100 for one provider."""

import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import connection, transaction

import events.operations
import providers.operations
from kit import clock
from kit.outages import is_away
from orders.models import Purchase
from orders.operations.moving import move
from orders.operations.settling import settle
from orders.states import ENDED, OrderStatus, PurchaseState
from providers.following import News, StatusNews
from providers.models import Provider
from providers.queries import client_for

logger = logging.getLogger(__name__)
BATCH = 100
ANSWERED_BY = 10  # seconds beyond the time-out in which an answer has been recorded
LARGEST = 2**63 - 1  # what the column holds; panels have been seen to answer anything

# Putting off their next look is what claims them: whoever comes at this moment takes the next hundred.
CLAIM = """
WITH provider AS (
    SELECT p.provider_id AS id FROM orders_purchase p
    WHERE p.state = 'placed' AND p.due_at <= %(now)s AND p.provider_id <> ALL(%(busy)s)
    ORDER BY p.due_at LIMIT 1
), due AS (
    SELECT p.id FROM orders_purchase p JOIN provider ON p.provider_id = provider.id
    WHERE p.state = 'placed' AND p.due_at <= %(now)s
    ORDER BY p.due_at LIMIT %(batch)s FOR UPDATE OF p SKIP LOCKED
)
UPDATE orders_purchase p SET due_at = %(next)s FROM due WHERE p.id = due.id
RETURNING p.id, p.order_id, p.provider_id, p.provider_order_id, p.reported, p.remains, p.start_count, p.quantity
"""


@dataclass(frozen=True, slots=True)
class Followed:
    """A purchase that is asked about, as it was last known."""

    id: int
    order_id: int
    provider_id: int
    provider_order_id: str
    reported: str
    remains: int | None
    start_count: int | None
    quantity: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to a hundred purchases of one provider."""

    provider_id: int
    provider: Provider
    purchases: list[Followed]


def waiting() -> bool:
    """Return whether any purchase is due to be asked about."""
    return Purchase.objects.filter(state=PurchaseState.PLACED, due_at__lte=clock.now()).exists()


def claim(busy: list[int]) -> Batch | None:
    """Claim the batch that is longest due; None where nothing is.

    :param busy: ids of the providers that are being asked at this moment.
    """
    now = clock.now()
    params: dict[str, Any] = {
        "now": now,
        "busy": busy,
        "batch": BATCH,
        # Not while this look may still be out: an older answer must not come after a newer one.
        "next": now + timedelta(seconds=max(settings.FOLLOW_INTERVAL, settings.PROVIDER_TIMEOUT + ANSWERED_BY)),
    }
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, params)
        purchases = [Followed(*row) for row in cursor.fetchall()]
    if not purchases:
        return None
    provider_id = purchases[0].provider_id
    return Batch(provider_id, Provider.objects.get(pk=provider_id), purchases)


def ask(batch: Batch) -> dict[str, News]:
    """Return what the provider says, by its order ids. Touches no database.

    :raises CallFailed: where it says nothing that can be used.
    :raises CannotDecrypt: where our key there cannot be read.
    """
    return client_for(batch.provider).statuses([each.provider_order_id for each in batch.purchases])


def record(batch: Batch, answers: dict[str, News]) -> None:
    """Commit what is new, each purchase in a transaction of its own."""
    for purchase in batch.purchases:
        news = answers.get(purchase.provider_order_id)
        # "Incorrect order ID" right after placing is what busy panels say: no news, and asked again.
        if isinstance(news, StatusNews):
            _learn_or_log(purchase, news)
    next_look = clock.now() + timedelta(seconds=settings.FOLLOW_INTERVAL)
    asked = [each.id for each in batch.purchases]
    Purchase.objects.filter(pk__in=asked, state=PurchaseState.PLACED).update(due_at=next_look)
    providers.operations.mark_working(provider_id=batch.provider_id, at="status")


def _learn_or_log(purchase: Followed, news: StatusNews) -> None:
    try:
        learn(purchase, news)
    except Exception as error:
        if is_away(error):
            raise  # the whole batch is tried again
        logger.exception("what the provider said of purchase %s could not be kept", purchase.id)


def learn(purchase: Followed, news: StatusNews) -> bool:
    """Take what the provider says of one purchase; return whether anything was new.

    Words nobody knows change nothing, nor does a `partial` that does not say how much is missing: what was delivered
    would be given back.
    """
    if news.status is None or (news.status == OrderStatus.PARTIAL and news.remains is None):
        return False
    remains = purchase.remains if news.remains is None else min(news.remains, purchase.quantity)
    start_count = purchase.start_count if news.start_count is None else min(news.start_count, LARGEST)
    if (news.status, remains, start_count) == (purchase.reported, purchase.remains, purchase.start_count):
        return False
    fields: dict[str, Any] = {"reported": news.status, "remains": remains, "start_count": start_count}
    with transaction.atomic():
        moved = _keep(purchase, news, fields)
        if moved:
            _tell(purchase, news)
            settle(purchase.order_id)
    return moved


def _keep(purchase: Followed, news: StatusNews, fields: dict[str, Any]) -> bool:
    # Only over what this look began with: whoever looked meanwhile knows better.
    known = {"reported": purchase.reported, "remains": purchase.remains, "start_count": purchase.start_count}
    if news.status in ENDED:
        return move(purchase.id, PurchaseState.DONE, only=known, **fields, **_cost(news.charge))
    placed = Purchase.objects.filter(pk=purchase.id, state=PurchaseState.PLACED, **known)
    return placed.update(**fields) == 1


def _cost(charge: Decimal | None) -> dict[str, Any]:
    return {} if charge is None else {"cost": charge}


def _tell(purchase: Followed, news: StatusNews) -> None:
    if news.status == purchase.reported:
        return  # a counter moved: the order shows it, its history need not
    events.operations.record(
        kind="purchase.reported",
        subject="order",
        subject_id=purchase.order_id,
        data={
            "purchase": purchase.id,
            "provider_order": purchase.provider_order_id,
            "status": news.status,
            "remains": news.remains,
            "charge": None if news.charge is None else str(news.charge),
        },
    )
