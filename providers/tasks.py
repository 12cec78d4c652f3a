"""What Celery runs for providers."""

from celery import shared_task

from providers.checking import ask_in_their_pace
from providers.models import Provider
from providers.operations import forget_old_readings


@shared_task(name="providers.check_all")
def check_all() -> int:
    """Ask every active provider for our balance there, so that its age says how it is; return how many answered."""
    checked = ask_in_their_pace(list(Provider.objects.filter(active=True)))
    forget_old_readings()
    return sum(each.balance is not None for each in checked)
