"""What Celery runs: each looks at the rows and calls the operations. All are safe to run at any time, also twice."""

import logging

from celery import shared_task

import providers.operations
from orders.operations import buying, following, sweeping
from orders.pump import Pump
from providers.outcomes import CallFailed, Unknown

logger = logging.getLogger(__name__)


def _sending_broke(claimed: buying.Claimed, error: BaseException) -> None:
    logger.error("sending purchase %s broke", claimed.id, exc_info=error)
    buying.record(claimed, Unknown(f"the panel broke while sending it: {error}"))


def _asking_failed(batch: following.Batch, error: BaseException) -> None:
    if not isinstance(error, CallFailed):
        logger.error("following at provider %s broke", batch.provider_id, exc_info=error)
    providers.operations.mark_failing(provider_id=batch.provider_id, why=str(error), at="status")


BUYING = Pump("buying", "orders.buy_due", buying.waiting, buying.claim, buying.send, buying.record, _sending_broke)
FOLLOWING = Pump(
    "following",
    "orders.follow_due",
    following.waiting,
    following.claim,
    following.ask,
    following.record,
    _asking_failed,
    per_provider=2,
)


@shared_task(name="orders.buy_due")
def buy_due() -> int:
    """Send every purchase that is due; return how many."""
    return BUYING.run_alone()


@shared_task(name="orders.follow_due")
def follow_due() -> int:
    """Ask the providers about every purchase that is due; return how many batches."""
    return FOLLOWING.run_alone()


@shared_task(name="orders.sweep")
def sweep() -> int:
    """Decide what time decides: lost calls become unknown, orders held too long are refunded."""
    return sweeping.give_up_lost_calls() + sweeping.refund_held_orders()
