"""The panel's own task: the heartbeat that says a worker takes tasks and finishes them."""

from celery import shared_task

from notpanel import health


@shared_task(name="notpanel.heartbeat")
def heartbeat() -> None:
    """Write down that a worker was here."""
    health.beat()
