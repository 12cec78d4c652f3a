"""What Celery runs: each looks at the rows and calls the operations. All are safe to run at any time, also twice."""

import logging
from collections.abc import Callable

from celery import shared_task

from kit.encryption import CannotDecrypt
from orders.operations import (
    buying,
    cancelling_upstream,
    following,
    reconciling,
    rerouting,
    resending,
    sweeping,
    watching,
)
from orders.operations.refills import deciding as refills_deciding
from orders.operations.refills import following as refills_following
from orders.operations.refills import sending as refills_sending
from orders.operations.refills.claiming import Batch as RefillBatch
from orders.operations.subscriptions import going_on, measuring
from orders.pump import Pump
from providers.outcomes import CallFailed, Unknown

logger = logging.getLogger(__name__)


def _sending_broke(claimed: buying.Claimed, error: BaseException) -> None:
    logger.error("sending purchase %s broke", claimed.id, exc_info=error)
    buying.record(claimed, Unknown(f"the panel broke while sending it: {error}"))


def _asking_failed(batch: following.Batch, error: BaseException) -> None:
    if not isinstance(error, CallFailed):
        logger.error("following at provider %s broke", batch.provider_id, exc_info=error)
    following.give_up(batch, str(error))


def _anything(soonest: Callable[[], float | None]) -> Callable[[], bool]:
    return lambda: soonest() is not None


BUYING = Pump(
    "buying",
    "orders.buy_due",
    _anything(buying.soonest),
    buying.claim,
    buying.send,
    buying.record,
    _sending_broke,
    soonest=buying.soonest,
)
RESENDING = Pump(
    "resending",
    "orders.resend_due",
    _anything(resending.soonest),
    resending.claim,
    resending.send,
    resending.record,
    _sending_broke,
    soonest=resending.soonest,
)
FOLLOWING = Pump(
    "following",
    "orders.follow_due",
    _anything(following.soonest),
    following.claim,
    following.ask,
    following.record,
    _asking_failed,
    per_provider=2,
    soonest=following.soonest,
)


def _asking_to_cancel_failed(batch: cancelling_upstream.Batch, error: BaseException) -> None:
    _asked_again_later(f"provider {batch.provider_id} could not be asked to cancel {len(batch.purchases)}", error)


def _asking_of_refills_failed(batch: RefillBatch, error: BaseException) -> None:
    _asked_again_later(f"provider {batch.provider_id} could not be asked about {len(batch.parts)} refills", error)


def _asked_again_later(what: str, error: BaseException) -> None:
    expected = isinstance(error, CallFailed | CannotDecrypt)
    logger.log(logging.WARNING if expected else logging.ERROR, "%s: %s", what, error, exc_info=not expected and error)


CANCELLING = Pump(
    "cancelling",
    "orders.cancel_due",
    cancelling_upstream.waiting,
    cancelling_upstream.claim,
    cancelling_upstream.ask,
    cancelling_upstream.record,
    _asking_to_cancel_failed,
    per_provider=1,
)
REFILLING = Pump(
    "refilling",
    "orders.refill_due",
    refills_sending.waiting,
    refills_sending.claim,
    refills_sending.ask,
    refills_sending.record,
    _asking_of_refills_failed,
    per_provider=1,
)
FOLLOWING_REFILLS = Pump(
    "following-refills",
    "orders.refill_due",
    refills_following.waiting,
    refills_following.claim,
    refills_following.ask,
    refills_following.record,
    _asking_of_refills_failed,
    per_provider=1,
)


def _measuring_failed(batch: measuring.Batch, error: BaseException) -> None:
    _asked_again_later(f"provider {batch.provider_id} could not be asked about {len(batch.posts)} posts", error)


MEASURING = Pump(
    "measuring",
    "orders.measure_posts",
    measuring.waiting,
    measuring.claim,
    measuring.ask,
    measuring.record,
    _measuring_failed,
    per_provider=1,
)


@shared_task(name="orders.buy_due")
def buy_due() -> int:
    """Send every purchase that is due; return how many."""
    return BUYING.run_alone()


@shared_task(name="orders.resend_due")
def resend_due() -> int:
    """Send again what may have been placed, where the provider knows it by its request_id; return how many."""
    return RESENDING.run_alone()


@shared_task(name="orders.follow_due")
def follow_due() -> int:
    """Ask the providers about every purchase that is due; return how many batches."""
    return FOLLOWING.run_alone()


@shared_task(name="orders.cancel_due")
def cancel_due() -> int:
    """Ask the providers to cancel whatever is to be cancelled; return how many batches."""
    cancelling_upstream.withdraw_put_off()
    cancelling_upstream.forget_ended()
    return CANCELLING.run_alone()


@shared_task(name="orders.refill_due")
def refill_due() -> int:
    """Ask the providers for refills, and about those under way; return how many batches."""
    refills_deciding.give_up_waiting()
    return REFILLING.run_alone() + FOLLOWING_REFILLS.run_alone()


@shared_task(name="orders.sweep")
def sweep() -> int:
    """Decide what time decides: lost calls become unknown, what waits in vain is refunded, or left to the operator."""
    return sweeping.give_up_lost_calls() + sweeping.refund_held_orders() + resending.give_up()


@shared_task(name="orders.reroute")
def reroute() -> int:
    """Move what waits at providers that take no orders to sources whose providers do; return how many."""
    return rerouting.reroute()


@shared_task(name="orders.measure_posts")
def measure_posts() -> int:
    """Ask the providers how large new posts of subscriptions are, and charge them; return how many batches."""
    return MEASURING.run_alone()


@shared_task(name="orders.go_on")
def go_on() -> int:
    """Go on with the paused subscriptions that the balance covers again; return how many."""
    return going_on.go_on_with_paused()


@shared_task(name="orders.report_stuck")
def report_stuck() -> int:
    """Tell the operator of orders that take far longer than is usual; return how many there are."""
    return sweeping.tell_of_stuck_orders()


@shared_task(name="orders.watch")
def watch() -> int:
    """Tell the operator of unknown purchases that wait for him; return how many."""
    return watching.watch_unknown()


@shared_task(name="orders.reconcile")
def reconcile() -> int:
    """Compare the providers' balances with our costs, each once a day; return how many were compared."""
    return sum(each.row is not None for each in reconciling.reconcile_due())
