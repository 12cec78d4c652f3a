"""Whose endpoints were disabled by themselves, and who has been told of it: claimed, mailed, noted."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

import events.operations
from kit import clock
from webhooks.models import Endpoint

# A task is killed after CELERY_TASK_TIME_LIMIT (240 s): whoever claimed longer ago cannot be sending any more. It is
# also how long a mail that was refused waits for the next try.
CLAIM_LASTS = timedelta(seconds=300)
NEWS_FOR = timedelta(days=7)  # a panel that gets its mail server later does not mail what happened long before

UNTOLD = """
disabled_at > %(news)s AND owner_told_at IS NULL AND removed_at IS NULL AND disabled_because IN ('gone', 'failing')
AND (owner_claimed_at IS NULL OR owner_claimed_at < %(lapsed)s)
AND EXISTS (SELECT 1 FROM accounts_apikey k WHERE k.id = webhooks_endpoint.api_key_id AND k.revoked_at IS NULL)
"""
# All of one account, so that an owner whose receivers went down together gets one mail. The condition stands twice:
# what another worker or the operator changed while this one waited for the rows is looked at again.
CLAIM = f"""
WITH mine AS (
    SELECT id FROM webhooks_endpoint
    WHERE account_id = (SELECT account_id FROM webhooks_endpoint WHERE {UNTOLD} ORDER BY id LIMIT 1) AND {UNTOLD}
    ORDER BY id FOR UPDATE
)
UPDATE webhooks_endpoint e SET owner_claimed_at = %(now)s FROM mine WHERE e.id = mine.id RETURNING e.id
"""  # noqa: S608 -- constants


@dataclass(frozen=True, slots=True)
class News:
    """One owner's endpoints that this caller alone is to tell of, and the moment they were claimed."""

    endpoints: list[Endpoint]
    claimed_at: datetime


def claim_untold() -> News | None:
    """Return the endpoints of one owner who has not been told that they disabled themselves; None where all have."""
    now = clock.now()
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"now": now, "lapsed": now - CLAIM_LASTS, "news": now - NEWS_FOR})
        claimed = [endpoint for (endpoint,) in cursor.fetchall()]
    endpoints = Endpoint.objects.filter(pk__in=claimed).select_related("account").order_by("id")
    return News(list(endpoints), now) if claimed else None


@transaction.atomic
def note_told(*, news: News, actor: str = "") -> None:
    """Note that the owner was mailed; an endpoint that was enabled meanwhile has nothing to be noted of."""
    for endpoint in news.endpoints:
        mine = Endpoint.objects.filter(pk=endpoint.pk, owner_claimed_at=news.claimed_at, disabled_at__isnull=False)
        if mine.update(owner_told_at=clock.now()):
            events.operations.record(
                kind="webhook.owner_told",
                subject="webhook",
                subject_id=endpoint.pk,
                account_id=endpoint.account_id,
                data={"webhook": endpoint.shown_id, "url": endpoint.url, "to": endpoint.account.email},
                actor=actor,
            )
