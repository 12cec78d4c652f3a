"""What Celery runs for providers."""

from celery import shared_task

from providers.checking import ask_balances
from providers.models import Provider


@shared_task(name="providers.check_all")
def check_all() -> int:
    """Ask every active provider for our balance there, so that its age says how it is; return how many answered."""
    checked = ask_balances(list(Provider.objects.filter(active=True)))
    return sum(each.balance is not None for each in checked)
