"""What becomes of each kind of change on a provider's list: applied at once, or left to the operator.

Nothing is applied where the operator has made the field his own: ours is then no longer what was last made of the
provider's word.
"""

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
    # "cost" is decided by price_state()
}
SILENT = ("average_time",)  # taken over like min and max, and not worth a line: it moves with every list
MISSING_LISTS = 3


def price_state(percent: Decimal | None, jump: int) -> ChangeState:
    """Return what becomes of a price that moved by `percent`, up or down; None is from or to nothing."""
    return APPLIED if percent is not None and abs(percent) <= jump else QUARANTINED
