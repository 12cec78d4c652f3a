"""The panel's own tasks: the heartbeat that says a worker takes tasks and finishes them, and the audit of the books."""

from celery import shared_task

from notpanel import books, health


@shared_task(name="notpanel.heartbeat")
def heartbeat() -> None:
    """Write down that a worker was here."""
    health.beat()


@shared_task(name="notpanel.audit")
def audit() -> bool:
    """Prove the books once a day, and more often while they do not agree; return whether they were proved now."""
    return books.is_due() and books.audit() is not None
