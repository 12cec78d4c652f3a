"""What Celery runs for webhooks: each looks at the rows and calls the operations. All are safe to run at any time."""

from celery import shared_task

from webhooks import dispatching, mailing
from webhooks.operations import claiming, tidying_up


@shared_task(name="webhooks.dispatch")
def dispatch() -> int:
    """Send every delivery that is due; return how many attempts were made."""
    return dispatching.dispatch()


@shared_task(name="webhooks.close_unwanted")
def close_unwanted() -> int:
    """End what is open for endpoints removed or disabled, and for keys that have ended; return how many deliveries."""
    return claiming.close_unwanted()


@shared_task(name="webhooks.tell_owners")
def tell_owners() -> int:
    """Mail the owners of endpoints that have been disabled; return of how many endpoints they were told."""
    return mailing.tell_owners()


@shared_task(name="webhooks.tidy_up")
def tidy_up() -> int:
    """Remove attempts, and deliveries that have ended, older than WEBHOOK_KEEP_DAYS; return how many rows."""
    return tidying_up.tidy_up()
