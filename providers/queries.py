"""What other rooms ask about providers."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from kit import encryption
from providers.client import Client
from providers.models import BalanceReading, Provider


def provider_named(name: str) -> Provider | None:
    """Return the provider of this name, or None."""
    return Provider.objects.filter(name=name.strip()).first()


def provider_ids() -> list[int]:
    """Return the id of every provider, in the order of their names."""
    return list(Provider.objects.values_list("pk", flat=True))


def client_for(provider: Provider, *, timeout: float | None = None) -> Client:
    """Return the client that speaks to this provider, each call within `timeout` or PROVIDER_TIMEOUT seconds.

    :raises CannotDecrypt: where none of ENCRYPTION_KEYS opens the provider's key.
    """
    return Client(
        url=provider.url,
        key=encryption.decrypt(provider.key_encrypted),
        timeout=timeout or settings.PROVIDER_TIMEOUT,
    )


def readings_around(provider_id: int, at: datetime) -> tuple[BalanceReading | None, BalanceReading | None]:
    """Return the last balance a provider said until this moment, and the first after it; None where there is none."""
    readings = BalanceReading.objects.filter(provider_id=provider_id)
    before = readings.filter(at__lte=at).order_by("-at", "-id").first()
    return before, readings.filter(at__gt=at).order_by("at", "id").first()


def last_readings(provider_id: int, count: int) -> Sequence[BalanceReading]:
    """Return the last so many balances a provider said, the latest first."""
    return list(BalanceReading.objects.filter(provider_id=provider_id).order_by("-at", "-id")[:count])
