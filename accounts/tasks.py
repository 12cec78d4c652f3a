"""What Celery runs for accounts. All are safe to run at any time, also twice."""

from celery import shared_task

from accounts import mailing, operations


@shared_task(name="accounts.note_use")
def note_use() -> int:
    """Write down how much each key was used; return how many keys were."""
    return operations.note_use()


@shared_task(name="accounts.send_mails")
def send_mails() -> int:
    """Send people their mails; return how many went out."""
    return mailing.send_mails()


@shared_task(name="accounts.forget_sessions")
def forget_sessions() -> int:
    """Remove sessions that have expired; return how many."""
    return operations.forget_ended_sessions()
