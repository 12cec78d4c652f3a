"""When a delivery is tried again, and when it is given up. Pure: what it is given is all that counts."""

import random
from datetime import datetime, timedelta

from django.conf import settings

# Answers that ask to be left alone for a while: all of the endpoint's deliveries wait, not this one alone.
SLOW_DOWN = frozenset({429, 502, 503, 504})
SHORTEST_REST = 5.0  # seconds
GONE = 410
OUR_FAULT_WAITS = (30.0, 60.0)  # seconds, between which one is drawn
A_DAY = timedelta(days=1)


def next_try(tries: int, ended: datetime, retry_after: float | None = None) -> datetime | None:
    """Return when the next attempt is due; None where that was the last.

    The delay counts from the end of the attempt that failed, with up to WEBHOOK_JITTER of it added. What the receiver
    asked for is never gone below, up to WEBHOOK_LONGEST_RETRY_AFTER.

    :param tries: attempts that failed, this one included.
    :param retry_after: seconds.
    """
    if tries > len(settings.WEBHOOK_SCHEDULE):
        return None
    delay = settings.WEBHOOK_SCHEDULE[tries - 1] * (1 + random.uniform(0, settings.WEBHOOK_JITTER))  # noqa: S311
    return ended + timedelta(seconds=max(delay, asked_for(retry_after)))


def asked_for(retry_after: float | None) -> float:
    """Return the seconds that a receiver asked to be left alone, as far as we do: 0 where it asked for nothing."""
    if retry_after is None or not retry_after > 0:  # also what is not a number
        return 0.0
    return float(min(retry_after, settings.WEBHOOK_LONGEST_RETRY_AFTER))


def rest(status: int, ended: datetime, retry_after: float | None) -> datetime | None:
    """Return until when nothing is sent to the endpoint that answered this; None where it did not ask for a rest."""
    if status not in SLOW_DOWN:
        return None
    return ended + timedelta(seconds=max(SHORTEST_REST, asked_for(retry_after)))


def rest_after_our_fault(ended: datetime) -> datetime:
    """Return until when nothing is sent to an endpoint that we could not send to."""
    return ended + timedelta(seconds=OUR_FAULT_WAITS[0])


def after_our_fault(now: datetime, since: datetime) -> datetime | None:
    """Return when to try again what we could not send; None where it is older than any schedule lasts: then it counts.

    :param since: when it was put into the outbox.
    """
    longest = timedelta(seconds=sum(settings.WEBHOOK_SCHEDULE) * (1 + settings.WEBHOOK_JITTER)) + A_DAY
    if now > since + longest:
        return None
    return now + timedelta(seconds=random.uniform(*OUR_FAULT_WAITS))  # noqa: S311
