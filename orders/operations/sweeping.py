"""What time alone decides: calls that never came back, and orders held too long."""

import logging
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

import events.operations
import orders.queries
from alerts.operations import clear_alert, raise_alert
from kit import clock
from kit.outages import is_away
from orders.models import Purchase
from orders.operations.moving import move
from orders.operations.settling import settle
from orders.queries import MOST_STUCK
from orders.resends import resend_at
from orders.states import PurchaseState

logger = logging.getLogger(__name__)
MARGIN = 30  # seconds beyond the time-out after which nobody can still be about to record an outcome
BATCH = 500


def give_up_lost_calls() -> int:
    """Move to `unknown` every purchase whose buyer died with the call on the wire; return how many."""
    before = clock.now() - timedelta(seconds=settings.PROVIDER_TIMEOUT + MARGIN)
    lost = Purchase.objects.filter(
        Q(resent_at__isnull=True) | Q(resent_at__lt=before), state=PurchaseState.SUBMITTING, claimed_at__lt=before
    )
    why = "the process that was sending it died, or was stopped, before an outcome was known"
    return sum(_give_up(each, why) for each in lost.order_by("claimed_at")[:BATCH])


def _give_up(lost: Purchase, why: str) -> bool:
    first_sent_at = lost.claimed_at or lost.wanted_at
    again = resend_at(sent=lost.sent, first_sent_at=first_sent_at, resends=lost.resends, now=clock.now())
    # Of this sending alone: it may have come back at this moment, and be sent again already.
    only = {"state": PurchaseState.SUBMITTING, "claimed_at": lost.claimed_at, "resent_at": lost.resent_at}
    to = PurchaseState.UNKNOWN
    return _end_or_log(lost.pk, lost.order_id, to, "purchase.unknown", why, only=only, resend_at=again)


def refund_held_orders() -> int:
    """Refuse and refund what could not be sent for HOLD_HOURS; return how many."""
    before = clock.now() - timedelta(hours=settings.HOLD_HOURS)
    held = Purchase.objects.filter(state=PurchaseState.QUEUED, wanted_at__lt=before).order_by("wanted_at")
    why = f"it could not be sent to the provider for {settings.HOLD_HOURS} hours"
    only = {"state": PurchaseState.QUEUED}
    return sum(
        _end_or_log(*row, PurchaseState.REFUSED, "purchase.refused", why, only=only)
        for row in held.values_list("id", "order_id")[:BATCH]
    )


def tell_of_stuck_orders() -> int:
    """Tell the operator of orders that take far longer than is usual, or that none is left; return how many."""
    count = orders.queries.stuck().count()
    if count:
        which = "1 order takes" if count == 1 else f"{count} orders take"
        which = f"{MOST_STUCK} orders or more take" if count == MOST_STUCK else which
        text = f"{which} far longer than is usual, or the provider does not know of it: look at them, oldest first."
        raise_alert(kind="orders.stuck", text=text, path=f"{reverse('admin:orders_order_changelist')}?stuck=yes")
    else:
        clear_alert(kind="orders.stuck")
    return count


def _end_or_log(
    purchase_id: int, order_id: int, to: PurchaseState, kind: str, why: str, *, only: dict[str, Any], **fields: Any
) -> bool:
    try:
        return _end(purchase_id, order_id, to, kind, why, only=only, **fields)
    except Exception as error:
        if is_away(error):
            raise  # the next sweep finds all of them
        # One that cannot be settled is the operator's; those behind it are not to wait for him.
        logger.exception("purchase %s of order %s could not be ended", purchase_id, order_id)
        return False


def _end(
    purchase_id: int, order_id: int, to: PurchaseState, kind: str, why: str, *, only: dict[str, Any], **fields: Any
) -> bool:
    with transaction.atomic():
        if not move(purchase_id, to, only=only, **fields):
            return False
        events.operations.record(
            kind=kind, subject="order", subject_id=order_id, data={"purchase": purchase_id, "why": why}
        )
        settle(order_id, reason=why)
    return True
