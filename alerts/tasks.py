"""What Celery runs for alerts."""

from celery import shared_task

from alerts.mailing import mail_alerts


@shared_task(name="alerts.mail")
def mail() -> int:
    """Mail the operator what he has not been mailed; return how many alerts."""
    return mail_alerts()
