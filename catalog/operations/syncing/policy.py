"""What becomes of each kind of change on a provider's list: applied at once, or left to the operator.

Nothing is applied where the operator has made the field his own: ours is then no longer what was last made of the
provider's word.
"""

from datetime import datetime, timedelta
from decimal import Decimal

from catalog.models import ChangeState

APPLIED, PROPOSED, QUARANTINED = ChangeState.APPLIED, ChangeState.PROPOSED, ChangeState.QUARANTINED

POLICY = {
    # what a reseller may order, and what the provider does with it: ours has to be what it takes
    "min": APPLIED,
    "max": APPLIED,
    "refill": APPLIED,
    "cancel": APPLIED,
    "dripfeed": APPLIED,
    # what resellers read and order by: the operator's word
    "name": PROPOSED,
    "new": PROPOSED,
    # the source is switched off once it was missing on MISSING_LISTS good lists in a row, or the operator approves
    "gone": PROPOSED,
    "back": APPLIED,
    # the id stands for something else: its source is switched off at once
    "type": QUARANTINED,
    # "cost" is decided by price_state(); of a source that was attached by hand, another currency or a price of 0:
    "currency": QUARANTINED,
}
SILENT = ("average_time",)  # taken over like min and max, and not worth a line: it moves with every list
MISSING_LISTS = 3
AN_HOUR = timedelta(hours=1)


def counts_again(counted_at: str | None, now: datetime, every: int) -> bool:
    """Return whether a service that is missing counts as missing once more: at most once per round of the clock.

    Lists that are read in one minute, by hand or after an interruption, are one list.

    :param counted_at: when it counted last, as ISO 8601; None: it never did.
    :param every: SYNC_INTERVAL, in seconds; 0 (the clock reads none) is an hour.
    """
    if counted_at is None:
        return True
    apart = timedelta(seconds=every) or AN_HOUR
    # A tenth earlier is the next round: the clock is not exact, and a round takes its time.
    return now - datetime.fromisoformat(counted_at) >= apart * 9 / 10


def price_state(percent: Decimal | None, jump: int) -> ChangeState:
    """Return what becomes of a price that moved by `percent`, up or down; None is from or to nothing."""
    return APPLIED if percent is not None and abs(percent) <= jump else QUARANTINED
