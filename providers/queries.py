"""What other rooms ask about providers."""

from django.conf import settings

from kit import encryption
from providers.client import Client
from providers.models import Provider


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
