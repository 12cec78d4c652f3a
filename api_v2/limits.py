"""The three layers of rate limits, and what the headers say of them. Source: protocol.md, "Rate limits"."""

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Layer:
    """One counter as it stands after this request: `used` of `limit` until `reset_ms`. A limit of 0 is none."""

    name: str
    used: int
    limit: int
    reset_ms: int

    @property
    def remaining(self) -> int:
        """Return how many requests are left in the window."""
        return max(self.limit - self.used, 0)

    @property
    def reset(self) -> int:
        """Return the unix second at which the window has ended, never earlier."""
        return -(-self.reset_ms // 1000)


# The headers, each with what the documentation says of it.
HEADERS: dict[str, str] = {
    "X-RateLimit-Limit": "requests a minute of the layer that is nearest to its end",
    "X-RateLimit-Remaining": "how many of them are left",
    "X-RateLimit-Reset": "when that layer's minute is over, in seconds since 1970",
    "X-RateLimit-Tier-Remaining": "how many are left of the account's tier, over all its keys",
    "X-RateLimit-DeniedBy": "on a 429: which layer refused, `ip`, `key` or `tier`",
    "Retry-After": "on a 429: how many seconds to wait, never fewer than until the reset",
}


def of_key(own: int | None) -> int:
    """Return how many requests a minute a key may make.

    :param own: what its settings say; None for the panel's default. With RATE_LIMIT_KEY off, no key has a limit.
    """
    return (own or settings.RATE_LIMIT_KEY) if settings.RATE_LIMIT_KEY else 0


def of_tier(requests_per_minute: int) -> int:
    """Return how many requests a minute all keys of an account in such a tier may make together."""
    return requests_per_minute if settings.RATE_LIMIT_TIER else 0


# Of layers with equally few left the first in this order is shown.
ORDER = ("key", "tier", "ip")


def headers(layers: list[Layer], denied_by: str | None, now_ms: int) -> list[tuple[str, str]]:
    """Return the X-RateLimit headers of one answer.

    :param layers: those that are known and limit anything.
    :param denied_by: the layer that refused the request.
    """
    limiting = sorted((each for each in layers if each.limit), key=lambda each: ORDER.index(each.name))
    if not limiting:
        return []
    shown = min(limiting, key=lambda each: (each.name != denied_by, each.remaining))
    remaining = 0 if denied_by else shown.remaining
    answer = [
        ("X-RateLimit-Limit", str(shown.limit)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(shown.reset)),
    ]
    answer += [("X-RateLimit-Tier-Remaining", str(each.remaining)) for each in limiting if each.name == "tier"]
    if denied_by:
        wait = max(shown.reset - now_ms // 1000, 1)
        answer += [("X-RateLimit-DeniedBy", denied_by), ("Retry-After", str(wait))]
    return answer
