"""When a purchase of which nobody knows whether it was placed is sent again, to a provider that knows it by its id."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.conf import settings

REQUEST_ID = "request_id"
# Soon at first, for a reseller waits; then as rarely as what is known not to have been sent.
WAITS = tuple(timedelta(seconds=each) for each in (15, 30, 60, 120, 300, 600))
# A call that was given up may still lie at the provider, and be placed after one that overtook it was refused.
STILL_ON_ITS_WAY = timedelta(minutes=2)


def resend_at(*, sent: Mapping[str, str], first_sent_at: datetime, resends: int, now: datetime) -> datetime | None:
    """Return when an unknown purchase is sent again by itself; None where it is the operator's.

    It is his where the provider was given no request_id, and once HOLD_HOURS have passed since it was first sent.
    """
    at = now + WAITS[min(resends, len(WAITS) - 1)]
    in_time = at <= first_sent_at + timedelta(hours=settings.HOLD_HOURS)
    return at if sent.get(REQUEST_ID) and in_time else None
