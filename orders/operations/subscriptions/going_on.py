"""Looking after paused subscriptions: what the balance covers now is charged, and they go on, or end."""

import logging
from datetime import date

from django.db import connection, transaction

from kit import clock
from kit.outages import is_away
from orders.operations.settling import settle
from orders.operations.subscriptions.charging import charge_posts
from orders.operations.subscriptions.holding import hold
from orders.operations.subscriptions.pausing import resume
from orders.states import SubscriptionState

logger = logging.getLogger(__name__)

# Paused, and either the balance is there now or the day is over. What the provider is still asked to stop waits.
READY = """
SELECT s.order_id FROM orders_subscription s
JOIN orders_order o ON o.id = s.order_id JOIN wallets_wallet w ON w.account_id = o.account_id
WHERE s.state = 'paused' AND (w.balance >= s.needs OR s.expires_on < %(today)s)
  AND (EXISTS (SELECT FROM orders_post p WHERE p.subscription_id = s.order_id AND p.state = 'owed')
       OR NOT EXISTS (SELECT FROM orders_purchase b WHERE b.order_id = s.order_id AND b.state = 'placed'
                      AND b.cancel_requested_at IS NOT NULL AND b.cancel_answer = ''))
ORDER BY s.order_id
"""


def go_on_with_paused() -> int:
    """Look at every paused subscription that something can be done for; return how many went on or ended."""
    today: date = clock.now().date()
    with connection.cursor() as cursor:
        cursor.execute(READY, {"today": today})
        ready = [row[0] for row in cursor.fetchall()]
    return sum(_go_on_or_log(each) for each in ready)


def _go_on_or_log(order_id: int) -> bool:
    try:
        return go_on(order_id=order_id)
    except Exception as error:
        if is_away(error):
            raise  # the next sweep finds all of them
        logger.exception("subscription %s could not go on", order_id)
        return False


def go_on(*, order_id: int) -> bool:
    """Charge what a paused subscription owes as far as the balance goes; return whether it went on or ended."""
    with transaction.atomic():
        held = hold(order_id)
        if held is None or held.subscription.state != SubscriptionState.PAUSED:
            return False
        charge_posts(held)
        resume(held)
        settle(order_id)
        held.subscription.refresh_from_db(fields=["state"])
        return held.subscription.state != SubscriptionState.PAUSED
