"""What is told of a provider: an event in its history."""

from django.urls import reverse

from events.operations import record


def page_of(provider_id: int) -> str:
    """Return the path of the provider's page in the admin."""
    return reverse("admin:providers_provider_change", args=[provider_id])


def tell(
    provider_id: int, kind: str, *, actor: str = "", reason: str = "", data: dict[str, object] | None = None
) -> None:
    """Write an event of this provider, in the caller's transaction."""
    record(kind=kind, subject="provider", subject_id=provider_id, actor=actor, reason=reason, data=data)
