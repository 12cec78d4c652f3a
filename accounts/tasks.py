"""What Celery runs for accounts. All are safe to run at any time, also twice."""

from celery import shared_task

from accounts import operations


@shared_task(name="accounts.note_use")
def note_use() -> int:
    """Write down how much each key was used; return how many keys were."""
    return operations.note_use()
