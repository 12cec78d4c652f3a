"""A provider's changes in people's words, for the command and the admin; and as plain data."""

from collections.abc import Iterator
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from catalog.models import ChangeState, SyncChange
from catalog.operations.switching import Sale
from catalog.operations.syncing import Synced

KINDS = {
    "new": "new there",
    "gone": "no longer listed",
    "back": "listed again",
    "name": "renamed",
    "cost": "price",
    "type": "another type",
    "min": "min",
    "max": "max",
    "refill": "refill",
    "cancel": "cancel",
    "dripfeed": "drip-feed",
}
STATES = (
    (ChangeState.APPLIED, "Applied", "Would be applied"),
    (ChangeState.QUARANTINED, "Held back for you", "Would be held back"),
    (ChangeState.PROPOSED, "Waiting for you", "Would wait for you"),
)


def kind(field: str) -> str:
    """Return what changed, in people's words."""
    return KINDS.get(field, field)


def value(stored: Any) -> str:
    """Return a stored value as people write it."""
    if isinstance(stored, dict):
        return f"{stored.get('rate', '')} {stored.get('currency', '')}".strip()
    if isinstance(stored, bool):
        return "yes" if stored else "no"
    return "" if stored is None else str(stored)


def moved(change: SyncChange) -> str:
    """Return what it was and what it is now, with the percentage of a price."""
    if change.field == "new":
        return f"{(change.new or {}).get('type', '')}, {value(change.new)}"
    if change.field in ("gone", "back"):
        return ""
    return f"{value(change.old)} → {value(change.new)}{_percent(change.percent)}"


def line(change: SyncChange) -> str:
    """Return a change in one line."""
    ours = "" if change.source is None else f" (service {change.source.service_id})"
    parts = [f"{change.remote_id} {change.name}{ours}:", kind(change.field), moved(change)]
    return " ".join(filter(None, parts))


def headline(synced: Synced, *, applied: bool) -> str:
    """Return how a round went, in a sentence."""
    counts = synced.counts()
    held, asked = counts[ChangeState.QUARANTINED], counts[ChangeState.PROPOSED]
    done = counts[ChangeState.APPLIED]
    end = "" if synced.finished else " It was asked to stop: the next round goes on."
    if applied:
        return f"{synced.provider.name}: {done} applied, {held} held back, {asked} waiting for you.{end}"
    would = f"{done} would be applied, {held} held back, {asked} would wait for you"
    return f"{synced.provider.name}: {would}. Nothing was changed: --apply does it."


def sections(synced: Synced, *, applied: bool) -> Iterator[tuple[str, list[str]]]:
    """Return the lists of what came of a round: a title, and a line for each; none is empty."""
    for state, done, would in STATES:
        lines = [line(each) for each in synced.changes if each.state == state]
        yield from [(done if applied else would, lines)] if lines else []
    for title, sales in (("Switched off", synced.off), ("Switched on again", synced.on)):
        yield from [(title, [_switched(each) for each in sales])] if sales else []
    kept = [f"service {each.service_id}: {', '.join(each.fields)}" for each in synced.kept]
    yield from [("Your edits were kept", kept)] if kept else []
    skipped = [f"{' '.join(filter(None, [row.remote_id, row.name]))}: {row.reason}" for row in synced.skipped]
    yield from [("Skipped", skipped)] if skipped else []


def data(synced: Synced) -> dict[str, Any]:
    """Return all of a round as plain data."""
    return {
        "provider": synced.provider.name,
        "listed": synced.listed,
        "compared": synced.compared,
        "finished": synced.finished,
        **synced.counts(),
        "changes": [_change(each) for each in synced.changes],
        "off": [_sale(each) for each in synced.off],
        "on": [_sale(each) for each in synced.on],
        "kept": [asdict(each) for each in synced.kept],
        "skipped": [asdict(each) for each in synced.skipped],
    }


def _change(change: SyncChange) -> dict[str, Any]:
    return {
        "remote_id": change.remote_id,
        "name": change.name,
        "service": None if change.source is None else change.source.service_id,
        "field": change.field,
        "old": change.old,
        "new": change.new,
        "percent": None if change.percent is None else f"{change.percent:f}",
        "state": change.state,
        "since": change.at.isoformat(),
    }


def _sale(sale: Sale) -> dict[str, Any]:
    return {"service": sale.source.service_id, "source": sale.source.pk, **sale.told()}


def _switched(sale: Sale) -> str:
    told = sale.told()
    return (
        f"service {sale.source.service_id} {sale.source.service.name}, bought as {sale.source.remote_id}: "
        f"sells at {told['rate']} USD, costs {told['cost']} USD"
    )


def _percent(percent: Decimal | None) -> str:
    return "" if percent is None else f" ({percent:+.1f} %)"
