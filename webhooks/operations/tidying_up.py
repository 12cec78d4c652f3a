"""Forgetting what nobody asks about: old attempts, deliveries that ended long ago, secrets that have lapsed."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from kit import clock, stopping
from webhooks.models import Endpoint

AT_ONCE = 5000  # rows, in a transaction of their own
WITHIN = 60.0  # seconds; the clock comes back every hour

ATTEMPTS = """
DELETE FROM webhooks_attempt WHERE id IN (
    SELECT id FROM webhooks_attempt WHERE at < %(before)s ORDER BY at LIMIT %(most)s FOR UPDATE SKIP LOCKED
)
"""
# One that was sent again has no `ended_at` any more; one with younger attempts waits until those are old too. They are
# looked for one delivery at a time: NOT EXISTS would have each batch read all attempts there are.
DELIVERIES = """
DELETE FROM webhooks_delivery WHERE id IN (
    SELECT d.id FROM webhooks_delivery d
    WHERE d.ended_at < %(before)s AND (SELECT a.id FROM webhooks_attempt a WHERE a.delivery_id = d.id LIMIT 1) IS NULL
    ORDER BY d.ended_at LIMIT %(most)s FOR UPDATE OF d SKIP LOCKED
)
"""


def tidy_up(progress: Callable[[int], None] = lambda done: None) -> int:
    """Remove attempts, and deliveries that ended, more than WEBHOOK_KEEP_DAYS ago; return how many rows.

    What it does not get to within a minute is left for the next time. Call it outside a transaction.

    :param progress: is called with how many it has been so far.
    """
    _forget_old_secrets()
    until = clock.timestamp() + WITHIN
    before = clock.now() - timedelta(days=settings.WEBHOOK_KEEP_DAYS)
    done = 0
    for statement in (ATTEMPTS, DELIVERIES):
        removed = AT_ONCE
        while removed == AT_ONCE and clock.timestamp() < until and not stopping.asked():
            removed = _remove(statement, before)
            done += removed
            progress(done)
    return done


def _remove(statement: str, before: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, {"before": before, "most": AT_ONCE})
        return int(cursor.rowcount)


def _forget_old_secrets() -> None:
    """Forget the secrets that sign nothing any more; `rotate_encryption` leaves those of removed endpoints out."""
    lapsed = Endpoint.objects.filter(old_secret_until__lt=clock.now())
    lapsed.update(old_secret_encrypted="", old_secret_until=None)
    removed = Endpoint.objects.filter(removed_at__isnull=False).exclude(secret_encrypted="")
    removed.update(secret_encrypted="", old_secret_encrypted="", old_secret_until=None)
