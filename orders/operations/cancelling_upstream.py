"""Asking the providers to cancel, in batches of 100. Asking twice does no harm, so a lost answer is asked for again."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Min, QuerySet

import events.operations
from kit import clock
from orders.models import Purchase
from orders.operations.moving import withdraw_queued
from orders.operations.settling import settle
from orders.operations.turns import first_with_a_turn, together_or_singly
from orders.states import PurchaseState
from providers.cancelling import Canceling, CancelNews, NotCancelable
from providers.following import NoNews
from providers.models import Provider
from providers.queries import client_for

logger = logging.getLogger(__name__)
BATCH = 100
ANSWERED_BY = 10  # seconds beyond the time-out in which an answer has been recorded

# Asked again after as long as it has been waiting: each wait doubles it, from half a minute to an hour.
CLAIM = """
WITH due AS (
    SELECT id FROM orders_purchase
    WHERE provider_id = %(provider)s AND state = 'placed' AND cancel_due_at <= %(now)s
    ORDER BY cancel_due_at, id LIMIT %(batch)s FOR UPDATE SKIP LOCKED
)
UPDATE orders_purchase p SET cancel_due_at = %(now)s + least(greatest(
    %(now)s - p.cancel_requested_at, %(shortest)s * interval '1 second'), interval '1 hour')
FROM due WHERE p.id = due.id RETURNING p.id, p.order_id, p.provider_order_id, p.cancel_requested_at
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A purchase whose provider is asked to cancel it."""

    id: int
    order_id: int
    provider_order_id: str
    requested_at: datetime


@dataclass(frozen=True, slots=True)
class Batch:
    """Up to a hundred of one provider."""

    provider_id: int
    provider: Provider
    purchases: list[Asked]


def _due() -> QuerySet[Purchase]:
    return Purchase.objects.filter(state=PurchaseState.PLACED, cancel_due_at__lte=clock.now())


def waiting() -> bool:
    """Return whether any provider is due to be asked."""
    return _due().exists()


def claim(busy: list[int]) -> Batch | None:
    """Claim the purchases of one provider, the one that waits longest among those whose pace has room; None for none.

    :param busy: ids of the providers that are being asked at this moment.
    """
    due = _due().exclude(provider_id__in=busy).order_by().values("provider_id").annotate(since=Min("cancel_due_at"))
    provider_id = first_with_a_turn(due.order_by("since").values_list("provider_id", flat=True))
    if provider_id is None:
        return None
    shortest = max(30, settings.PROVIDER_TIMEOUT + ANSWERED_BY)
    params = {"provider": provider_id, "now": clock.now(), "batch": BATCH, "shortest": shortest}
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, params)
        purchases = [Asked(*row) for row in cursor.fetchall()]
    return Batch(provider_id, Provider.objects.get(pk=provider_id), purchases) if purchases else None


def ask(batch: Batch) -> dict[str, CancelNews]:
    """Return what the provider says, by its order ids. Touches no database.

    :raises CallFailed: where it says nothing that can be used.
    :raises CannotDecrypt: where our key there cannot be read.
    """
    client = client_for(batch.provider)

    def together(ids: Sequence[str]) -> dict[str, CancelNews]:
        return client.cancel(ids)

    return dict(together_or_singly(together, [each.provider_order_id for each in batch.purchases]))


def record(batch: Batch, answers: dict[str, CancelNews]) -> None:
    """Commit what the provider says of each; what it says nothing of, and does not know yet, is asked about again."""
    for purchase in batch.purchases:
        news = answers.get(purchase.provider_order_id, NoNews("no answer"))
        if isinstance(news, Canceling):
            _keep(purchase, "purchase.cancel_sent", {}, cancel_sent_at=clock.now())
        elif isinstance(news, NotCancelable) and not news.not_found:
            why = news.why[:500] or "the provider gives no reason"
            _keep(purchase, "purchase.cancel_refused", {"why": why}, cancel_answer=why)
        else:
            logger.info("provider %s, cancel of %s: %s", batch.provider_id, purchase.provider_order_id, news.why)


@transaction.atomic
def _keep(purchase: Asked, kind: str, data: dict[str, Any], **fields: Any) -> None:
    # Only for the request that was sent: whoever asked again after a refusal is to be answered anew.
    same = Purchase.objects.filter(
        pk=purchase.id, cancel_requested_at=purchase.requested_at, cancel_due_at__isnull=False
    )
    if same.update(cancel_due_at=None, **fields):
        told = {"purchase": purchase.id, "provider_order": purchase.provider_order_id} | data
        events.operations.record(kind=kind, subject="order", subject_id=purchase.order_id, data=told)


def withdraw_put_off() -> int:
    """Withdraw and refund what was being sent when it was cancelled, and was not sent after all; return how many."""
    put_off = Purchase.objects.filter(state=PurchaseState.QUEUED, cancel_due_at__isnull=False)
    orders = sorted(set(put_off.values_list("order_id", flat=True)[:BATCH]))
    return sum(_withdraw(order_id) for order_id in orders)


@transaction.atomic
def _withdraw(order_id: int) -> int:
    withdrawn = withdraw_queued(order_id, clock.now())
    if withdrawn:
        events.operations.record(
            kind="purchase.withdrawn", subject="order", subject_id=order_id, data={"purchases": withdrawn}
        )
        settle(order_id, reason="its cancelling was asked for while it was being sent")
    return len(withdrawn)


def forget_ended() -> int:
    """Ask about nothing that has ended before its provider was asked, or answered; return how many."""
    ended = [PurchaseState.DONE, PurchaseState.REFUSED, PurchaseState.WITHDRAWN]
    return Purchase.objects.filter(cancel_due_at__isnull=False, state__in=ended).update(cancel_due_at=None)
