"""How an endpoint is doing: whether anything is sent there, and if not why."""

from enum import StrEnum

from kit import clock
from webhooks.models import Endpoint


class Standing(StrEnum):
    """What an endpoint is, the first of these that is true of it."""

    REMOVED = "removed"  # nothing is sent there ever again
    KEY_REVOKED = "key_revoked"  # nor where its key is no more
    KEY_EXPIRED = "key_expired"
    DISABLED = "disabled"  # until it is enabled
    RESTING = "resting"  # until its circuit closes: so much failed there in a row
    FAILING = "failing"  # the last attempt came to nothing
    ACTIVE = "active"


def standing(endpoint: Endpoint) -> Standing:
    """Return how the endpoint is doing now."""
    key = endpoint.api_key
    if endpoint.removed_at is not None:
        return Standing.REMOVED
    if key.revoked_at is not None:
        return Standing.KEY_REVOKED
    if key.has_ended:
        return Standing.KEY_EXPIRED
    if endpoint.disabled_at is not None:
        return Standing.DISABLED
    if endpoint.resting_until is not None and endpoint.resting_until > clock.now():
        return Standing.RESTING
    return Standing.FAILING if endpoint.failing_since else Standing.ACTIVE


def is_open(endpoint: Endpoint) -> bool:
    """Return whether what happens is sent there."""
    return not endpoint.api_key.has_ended and endpoint.removed_at is None and endpoint.disabled_at is None
