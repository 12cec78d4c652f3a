"""Writing down what a list would change: each open change once, and those that are over closed."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from catalog.models import OPEN, ChangeState, Source, SyncChange
from catalog.operations.syncing.policy import POLICY
from kit import clock
from providers.models import Provider
from providers.offers import RemoteService


def write(*, source_ids: Collection[int], found: Sequence[SyncChange], actor: str) -> list[SyncChange]:
    """Write what was found of these sources, and close what is no longer so; return the rows as they stand now.

    A change that is open already stays the row that it is: whoever approves it approves exactly what he has read.
    """
    waiting = _waiting(source_ids)
    rows, new, taken = [], [], []
    for change in found:
        known = waiting.get((change.source_id, change.field))
        if known is None or known.new != change.new:
            new.append(_dated(change, actor))
            rows.append(change)
            continue
        del waiting[change.source_id, change.field]
        rows.append(known)
        taken += [known] if change.state == ChangeState.APPLIED else []
    close([row.pk for row in waiting.values()], ChangeState.WITHDRAWN, actor)
    close([row.pk for row in taken], ChangeState.APPLIED, actor)
    for row in taken:
        row.state = ChangeState.APPLIED
    SyncChange.objects.bulk_create(new)
    return rows


def close(ids: Collection[int], state: ChangeState, actor: str) -> None:
    """Give these rows their last state, in the name of who decided it."""
    if ids:
        SyncChange.objects.filter(pk__in=ids).update(state=state, actor=actor, decided_at=clock.now())


def propose(provider: Provider, offered: Sequence[RemoteService], currency: str, actor: str) -> list[SyncChange]:
    """Propose what the provider lists and we do not sell, unless that was refused before; return the open rows.

    What reads otherwise than what was proposed is another proposal: whoever approves one approves what he has read.
    """
    ids = [row.remote_id for row in offered]
    sold = set(Source.objects.filter(provider=provider, remote_id__in=ids).values_list("remote_id", flat=True))
    asked = SyncChange.objects.filter(provider=provider, field="new", remote_id__in=ids)
    before = {row.remote_id: row for row in asked.filter(state__in=[ChangeState.PROPOSED, ChangeState.REFUSED])}
    rows, new, moved, over = [], [], [], []
    for each in offered:
        row, word = before.get(each.remote_id), packed(each, currency)
        if each.remote_id in sold or (row is not None and row.state == ChangeState.REFUSED):
            continue
        if row is None or _read(row.new) != _read(word):
            over += [] if row is None else [row.pk]
            row = _proposal(provider, each, word)
            new.append(row)
        elif row.new != word:
            row.new = word
            moved.append(row)
        rows.append(row)
    close(over, ChangeState.WITHDRAWN, actor)
    SyncChange.objects.bulk_create(new)
    SyncChange.objects.bulk_create(moved, update_conflicts=True, unique_fields=["id"], update_fields=["new"])
    return rows


def withdraw_new(provider: Provider, unsold: Collection[str], actor: str) -> None:
    """Close the proposals of services that are no longer listed, or are sold by now."""
    asked = SyncChange.objects.filter(provider=provider, field="new", state=ChangeState.PROPOSED)
    over = [pk for pk, remote_id in asked.values_list("id", "remote_id") if remote_id not in unsold]
    close(over, ChangeState.WITHDRAWN, actor)


def packed(offered: RemoteService, currency: str) -> dict[str, Any]:
    """Return a row of a provider's list as a change keeps it."""
    return {**asdict(offered), "rate": f"{offered.rate:f}", "currency": currency}


def unpacked(word: dict[str, Any]) -> tuple[RemoteService, str]:
    """Return the row that was packed, and the currency of its price."""
    fields = {**word, "rate": Decimal(word["rate"])}
    currency = fields.pop("currency")
    return RemoteService(**fields), currency


def _read(word: Any) -> list[Any]:
    """Return what the operator decides a new service by; the rest of the word may move beneath him."""
    return [Decimal(word["rate"]), *(word[name] for name in ("name", "type", "currency", "min", "max"))]


def _waiting(source_ids: Collection[int]) -> dict[tuple[int | None, str], SyncChange]:
    waiting = SyncChange.objects.filter(source__in=source_ids, state__in=OPEN).select_related("source")
    return {(row.source_id, row.field): row for row in waiting}


def _proposal(provider: Provider, offered: RemoteService, word: dict[str, Any]) -> SyncChange:
    return SyncChange(
        provider=provider,
        remote_id=offered.remote_id,
        name=offered.name,
        field="new",
        new=word,
        state=POLICY["new"],
        at=clock.now(),
    )


def _dated(change: SyncChange, actor: str) -> SyncChange:
    change.at = clock.now()
    if change.state == ChangeState.APPLIED:
        change.actor, change.decided_at = actor, change.at
    return change
