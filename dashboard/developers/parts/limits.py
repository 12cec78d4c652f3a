"""What is written of the rate limits: as the operator has set them."""

from django.conf import settings

from api_v2.limits import HEADERS
from dashboard.developers.reader import Reader
from dashboard.developers.tables import table


def layers(reader: Reader) -> str:
    """Return the table of the three layers in the order they are looked at."""
    by_tier = "by your tier, see below" if settings.RATE_LIMIT_TIER else "no limit"
    rows = [
        [
            "per IP",
            "every request from an address, before its key is looked at",
            _a_minute(settings.RATE_LIMIT_IP),
            "`ip`",
        ],
        [
            "per key",
            "requests with the key",
            f"{_a_minute(settings.RATE_LIMIT_KEY)}, unless the key has its own",
            "`key`",
        ],
        ["per tier", "requests over all keys of the account", by_tier, "`tier`"],
    ]
    return table(["layer", "counts", "limit", "`X-RateLimit-DeniedBy`"], rows)


def _a_minute(limit: int | None) -> str:
    return "no limit" if limit is None else f"{limit} a minute"


def of_balance(reader: Reader) -> str:
    """Return how often an address may ask for the balance."""
    return _a_minute(settings.RATE_LIMIT_BALANCE_IP)


def tiers(reader: Reader) -> str:
    """Return the table of the tiers."""
    rows = [[each.name, f"{each.deposits_from} USD", f"{each.requests_per_minute} a minute"] for each in reader.tiers]
    return table(["tier", "from deposits of", "requests"], rows)


def headers(reader: Reader) -> str:
    """Return the table of the headers."""
    return table(["header", "what it says"], [[f"`{name}`", meaning] for name, meaning in HEADERS.items()])
