"""The operator's word on what waits: approved is taken over, refused is not asked again until it is something else."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import transaction

import events.operations
from catalog.models import OPEN, ChangeState, ExchangeRate, OffBecause, Service, Source, SyncChange
from catalog.operations import switching
from catalog.operations.creating import create, find_or_make, headings_of, one_at_a_time, usual_pricing
from catalog.operations.merging import Word, category_name, take_rate
from catalog.operations.repricing import reprice
from catalog.operations.syncing import changes, telling
from catalog.operations.syncing.batches import FOLLOWED_HERE, HEARD, locked
from kit.money import ZERO, rounded
from providers.models import Provider

BATCH = 500


class CannotDecide(Exception):
    """This change cannot be approved; the message says why and what to do."""


@dataclass(slots=True)
class Decided:
    """What came of a decision on many changes: how many were decided, and why others could not be."""

    done: int = 0
    left: list[tuple[SyncChange, str]] = field(default_factory=list)


def approve(*, change_ids: Collection[int], actor: str) -> Decided:
    """Take over what waits, where it is still what it was when it was written down; the rest is left, with why.

    Batches of 500 of one provider are transactions of their own. What was decided already is not among `done`.
    """
    return _decide(change_ids, actor, _approve)


def refuse(*, change_ids: Collection[int], actor: str) -> Decided:
    """Refuse what waits: the same is not asked again. A source that was switched off for it stays off."""
    return _decide(change_ids, actor, _refuse)


Decide = Callable[[Provider, Sequence[SyncChange], Decided, str], list[SyncChange]]


def _decide(change_ids: Collection[int], actor: str, decide: Decide) -> Decided:
    decided = Decided()
    waiting = SyncChange.objects.filter(pk__in=change_ids, state__in=OPEN).order_by("provider_id", "id")
    by_provider: dict[int, list[int]] = {}
    for pk, provider_id in waiting.values_list("id", "provider_id"):
        by_provider.setdefault(provider_id, []).append(pk)
    for provider in Provider.objects.filter(pk__in=by_provider).order_by("id"):
        ids = by_provider[provider.pk]
        for start in range(0, len(ids), BATCH):
            _decide_batch(provider, ids[start : start + BATCH], decided, actor, decide)
    return decided


@transaction.atomic
def _decide_batch(provider: Provider, ids: Sequence[int], decided: Decided, actor: str, decide: Decide) -> None:
    one_at_a_time(provider)
    # Looked at again under the lock: a sync may have closed one, or somebody else decided it, in between.
    rows = SyncChange.objects.filter(pk__in=ids, state__in=OPEN).select_related("source__service").order_by("id")
    done = decide(provider, list(rows.select_for_update(of=("self",))), decided, actor)
    state = ChangeState.APPLIED if decide is _approve else ChangeState.REFUSED
    changes.close([row.pk for row in done], state, actor)
    events.operations.record_each(
        kind=f"catalogue_change.{'approved' if decide is _approve else 'refused'}",
        subject="sync_change",
        data={row.pk: _told(provider, row) for row in done},
        actor=actor,
    )
    decided.done += len(done)
    telling.waiting(provider)


def _told(provider: Provider, row: SyncChange) -> dict[str, Any]:
    told = {"provider": provider.name, "remote_id": row.remote_id, "field": row.field, "old": row.old, "new": row.new}
    return told if row.field != "new" else {**told, "new": row.name}


def _refuse(provider: Provider, rows: Sequence[SyncChange], decided: Decided, actor: str) -> list[SyncChange]:
    sources = _sources(rows)
    for row in rows:
        if row.source_id is not None:
            source = sources[row.source_id]
            source.seen = {**source.seen, "refused": {**source.seen.get("refused", {}), row.field: row.new}}
    _save(list(sources.values()))
    return list(rows)


def _approve(provider: Provider, rows: Sequence[SyncChange], decided: Decided, actor: str) -> list[SyncChange]:
    new = [row for row in rows if row.field == "new"]
    known = [row for row in rows if row.field != "new"]
    return [*_approve_new(provider, new, decided, actor), *_approve_known(known, decided, actor)]


def _approve_new(provider: Provider, rows: Sequence[SyncChange], decided: Decided, actor: str) -> list[SyncChange]:
    """Put new services on sale as they were listed when they were last seen."""
    if not rows:
        return []
    worth = _worth()
    there = Source.objects.filter(provider=provider, remote_id__in=[row.remote_id for row in rows])
    sold = set(there.values_list("remote_id", flat=True))
    headings, words, done = headings_of(provider), [], []
    listed = [(row, *changes.unpacked(_new(row))) for row in rows]
    find_or_make(list(dict.fromkeys(category_name(offered) for _, offered, _ in listed)), headings)
    for row, offered, currency in listed:
        if row.remote_id in sold:
            decided.left.append((row, "it is sold already"))
        elif currency not in worth:
            decided.left.append((row, f"there is no exchange rate for {currency}: enter it first"))
        else:
            words.append(Word(offered, headings[category_name(offered)], currency, worth[currency]))
            done.append(row)
    create(provider, words, usual_pricing(provider), actor)
    return done


def _approve_known(rows: Sequence[SyncChange], decided: Decided, actor: str) -> list[SyncChange]:
    if not rows:
        return []
    sources, worth, done = _sources(rows), _worth(), []
    for row in rows:
        source = sources[row.source_id or 0]
        try:
            TAKE[row.field](source, row, worth)
        except CannotDecide as error:
            decided.left.append((row, str(error)))
        else:
            done.append(row)
    _save(list(sources.values()))
    gone = {row.source_id or 0 for row in done if row.field == "gone"}
    off = switching.switch_off(source_ids=gone, why=OffBecause.GONE, actor=actor)
    left = {sources[each].service_id for each in off}
    moved = {row.source_id or 0 for row in done if row.field == "cost"}
    touched = left | {sources[each].service_id for each in moved}
    if touched:
        switching.settle(service_ids=touched, moved=moved, left=left, actor=actor)
        reprice(service_ids=touched, actor=actor, reason="approved")
    return done


def _take_name(source: Source, row: SyncChange, worth: dict[str, Decimal]) -> None:
    if source.service.name != row.old:
        raise CannotDecide(f"its name has been changed meanwhile, to {source.service.name!r}: refuse it, or rename it")
    source.service.name = _new(row)
    _made(source, name=row.new)


def _take_cost(source: Source, row: SyncChange, worth: dict[str, Decimal]) -> None:
    new, old = _new(row), row.old or {}
    cost, currency = Decimal(new["rate"]), new["currency"]
    if cost == ZERO:
        raise CannotDecide("a price of 0 is not taken over: if it is meant, enter the cost at the source by hand")
    if (source.cost, source.currency) != (Decimal(old["rate"]), old["currency"]):
        raise CannotDecide("its cost has been changed meanwhile: refuse it, or enter the cost at the source by hand")
    if currency not in worth:
        raise CannotDecide(f"there is no exchange rate for {currency}: enter it first")
    source.cost, source.currency = cost, currency
    made = source.seen.get("made", {})
    if "rate" in made:
        rate = rounded(cost * worth[currency])
        take_rate(source.service, rate, Decimal(made["rate"]))
        _made(source, rate=f"{rate:f}")
    _made(source, cost=f"{cost:f}", currency=currency)


def _take_type(source: Source, row: SyncChange, worth: dict[str, Decimal]) -> None:
    """Agree that it is the same thing under another type; its price is looked at by the next sync, which opens it.

    Never while the service is bought elsewhere as what it was: a rate per 1000 would become the price of one.
    """
    others = Source.objects.filter(service=source.service_id, active=True).exclude(pk=source.pk)
    if source.service.type != row.new and others.exists():
        raise CannotDecide(
            f"service {source.service_id} is bought elsewhere too, as {source.service.type}: switch its other sources "
            "off first, or refuse it and sell this one as a service of its own"
        )
    source.service.type = _new(row)
    source.seen = {**source.seen, "said": {**source.seen.get("said", {}), "type": row.new}}


def _take_gone(source: Source, row: SyncChange, worth: dict[str, Decimal]) -> None:
    """Leave it to the switch."""


TAKE: dict[str, Callable[[Source, SyncChange, dict[str, Decimal]], None]] = {
    "name": _take_name,
    "cost": _take_cost,
    "type": _take_type,
    "gone": _take_gone,
}


def _new(row: SyncChange) -> Any:
    return row.new


def _made(source: Source, **values: Any) -> None:
    source.seen = {**source.seen, "made": {**source.seen.get("made", {}), **values}}


def _sources(rows: Sequence[SyncChange]) -> dict[int, Source]:
    """Return the sources that the changes are of, locked, by their ids."""
    return {each.pk: each for each in locked({row.source_id for row in rows if row.source_id is not None})}


def _save(sources: Sequence[Source]) -> None:
    services = {each.service_id: each.service for each in sources}.values()
    fields = [*FOLLOWED_HERE, "type"]
    Service.objects.bulk_create(services, update_conflicts=True, unique_fields=["id"], update_fields=fields)
    Source.objects.bulk_create(sources, update_conflicts=True, unique_fields=["id"], update_fields=HEARD)


def _worth() -> dict[str, Decimal]:
    return {"USD": Decimal(1), **dict(ExchangeRate.objects.values_list("currency", "usd"))}
