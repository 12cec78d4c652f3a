"""Whole days in UTC, as the bounds of moments."""

from datetime import UTC, date, datetime, time


def within(field: str, since: date | None, until: date | None) -> dict[str, datetime]:
    """Return the look-ups by which a moment lies within these days, both of them included; None has no end there."""
    bounds = {}
    if since is not None:
        bounds[f"{field}__gte"] = datetime.combine(since, time.min, UTC)
    if until is not None:
        bounds[f"{field}__lte"] = datetime.combine(until, time.max, UTC)  # the last microsecond: no finer one is kept
    return bounds
