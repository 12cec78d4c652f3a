"""What Celery runs for the catalogue."""

import logging

from celery import shared_task
from django.conf import settings

from catalog.operations.syncing import SyncRefused, sync_services
from providers.models import Provider

logger = logging.getLogger(__name__)


@shared_task(name="catalog.sync_all")
def sync_all() -> int:
    """Have every active provider's list compared, each by a task of its own; return how many."""
    ids = list(Provider.objects.filter(active=True).values_list("pk", flat=True))
    for provider_id in ids:
        sync_provider.apply_async((provider_id,), expires=max(settings.SYNC_INTERVAL, 60))
    return len(ids)


@shared_task(name="catalog.sync_provider")
def sync_provider(provider_id: int) -> bool:
    """Compare one provider's list with what we buy there; return whether there was one to go by."""
    provider = Provider.objects.filter(pk=provider_id, active=True).first()
    if provider is None:
        return False
    try:
        sync_services(provider=provider, actor="catalog.sync_all")
    except SyncRefused as error:
        logger.warning("%s", error)  # the operator has been told by an alert
        return False
    return True
