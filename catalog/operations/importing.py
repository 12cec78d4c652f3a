"""Importing a provider's list of services, so that it can be interrupted and run again, and loses no edit."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from django.db import transaction
from django.db.models import QuerySet

import events.operations
from catalog.models import Service, Source
from catalog.operations import switching
from catalog.operations.creating import create, find_or_make, headings_of, hold_services, one_at_a_time, usual_pricing
from catalog.operations.merging import FOLLOWED, CannotSell, Word, category_name, merge
from catalog.operations.reading import ListUnusable, ProviderList, read_list, split_sellable
from catalog.operations.repricing import reprice
from catalog.operations.syncing import telling
from kit import clock
from kit.money import ZERO
from providers.models import Provider
from providers.offers import RemoteService, SkippedRow

BATCH = 500
HIGHEST_MARKUP = Decimal(10_000)
FOLLOWED_HERE = (*FOLLOWED, "rate", "pricing_mode", "pricing_value")
HEARD = ("cost", "currency", "seen", "seen_at")


class ImportRefused(Exception):
    """Nothing was imported; the message says what to do."""


class Wanted(Protocol):
    """The provider's ids that are to be imported."""

    def __contains__(self, remote_id: object) -> bool: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """Fields of a service that stay as the operator has set them, against what the provider says."""

    service_id: int
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Gone:
    """A service whose source the provider no longer lists. Nothing was done to it."""

    service_id: int
    name: str
    remote_id: str


@dataclass(frozen=True, slots=True)
class SwitchedOff:
    """A service whose source would have sold it below the margin floor, in USD."""

    service_id: int
    name: str
    rate: str
    cost: str


@dataclass(slots=True)
class Imported:
    """What came of an import: how many services, and which were left alone."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: list[Kept] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)
    off: list[SwitchedOff] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many of each."""
        counted = {name: getattr(self, name) for name in ("created", "updated", "unchanged")}
        return counted | {name: len(getattr(self, name)) for name in ("kept", "skipped", "gone")}


def import_services(
    *,
    provider: Provider,
    markup: Decimal | None = None,
    wanted: Wanted | None = None,
    actor: str = "",
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Imported:
    """Create what the provider newly lists and bring the rest up to date, leaving every edit of the operator's.

    Each batch of 500 is a transaction of its own: an import that is interrupted is finished by the next one.

    :param markup: percent on the provider's cost, for new services and for those whose price is still the import's.
        None leaves each as it is; new ones then follow the price rule of their category or of the provider, without
        one the markup of the provider's newest service, and where there is none either, they are sold at their cost.
    :param wanted: the provider's ids to import; None is all of them.
    :param progress: is told how many rows of how many have been dealt with.
    :raises ImportRefused: where the list cannot be had or holds nothing to sell. Nothing was changed then.
    """
    if markup is not None and not ZERO <= markup <= HIGHEST_MARKUP:
        raise ImportRefused(f"The markup is a percentage from 0 to {HIGHEST_MARKUP}.")
    listed, offered, imported = _read(provider, wanted)
    headings = headings_of(provider)
    for start in range(0, len(offered), BATCH):
        _import_batch(provider, listed, offered[start : start + BATCH], markup, headings, imported, actor)
        progress(min(start + BATCH, len(offered)), len(offered))
    imported.gone = list(_gone(provider, listed.ids(), wanted))
    telling.waiting(provider)
    events.operations.record(
        kind="provider.services_imported",
        subject="provider",
        subject_id=provider.pk,
        data={**imported.counts(), "markup": None if markup is None else f"{markup:f}"},
        actor=actor,
    )
    return imported


def _read(provider: Provider, wanted: Wanted | None) -> tuple[ProviderList, list[RemoteService], Imported]:
    """Return the list, what of it is to be imported, and what is left out."""
    try:
        listed = read_list(provider)
    except ListUnusable as error:
        raise ImportRefused(f"{error} Nothing was imported.") from error.__cause__
    imported = Imported(skipped=[row for row in listed.left_out if wanted is None or row.remote_id in wanted])
    chosen = [row for row in listed.offered if wanted is None or row.remote_id in wanted]
    if not chosen and not imported.skipped:
        raise ImportRefused(f"{provider.name} lists none of these ids. Nothing was imported.")
    offered, skipped = split_sellable(chosen)
    imported.skipped += skipped
    return listed, offered, imported


@transaction.atomic
def _import_batch(
    provider: Provider,
    listed: ProviderList,
    rows: Sequence[RemoteService],
    markup: Decimal | None,
    headings: dict[str, int],
    imported: Imported,
    actor: str,
) -> None:
    one_at_a_time(provider)
    ours: dict[str, list[Source]] = {}
    for source in _locked(provider, [row.remote_id for row in rows]):
        ours.setdefault(source.remote_id, []).append(source)
    # In the list's order, which is the order the headings then have here.
    find_or_make(list(dict.fromkeys(map(category_name, rows))), headings)
    words = [Word(row, headings[category_name(row)], listed.currency, listed.usd) for row in rows]
    new = [word for word in words if word.offered.remote_id not in ours]
    created = create(provider, new, usual_pricing(provider, markup), actor)
    imported.created += len(created.services)
    imported.off += _off(created.off)
    known = [(source, word) for word in words for source in ours.get(word.offered.remote_id, ())]
    _update(known, markup, imported, actor)


def _locked(provider: Provider, remote_ids: Sequence[str]) -> QuerySet[Source]:
    """Return our sources, each with its service, locked against an edit that comes in between."""
    known = Source.objects.filter(provider=provider, remote_id__in=remote_ids)
    hold_services(known)
    return known.select_related("service").select_for_update(of=("self", "service"), no_key=True).order_by("id")


def _update(pairs: Sequence[tuple[Source, Word]], markup: Decimal | None, imported: Imported, actor: str) -> None:
    changed: dict[int, Service] = {}
    heard: list[Source] = []
    moved: list[Source] = []
    for source, word in pairs:
        cost = (source.cost, source.currency)
        try:
            merged = merge(source, word, markup)
        except CannotSell as error:
            imported.skipped.append(SkippedRow(str(error), word.offered.remote_id, word.offered.name))
            continue
        source.seen_at = clock.now()
        heard.append(source)
        costs_other = (source.cost, source.currency) != cost
        moved += [source] if costs_other else []
        changed |= {source.service_id: source.service} if merged.changed else {}
        imported.kept += [Kept(source.service_id, merged.kept)] if merged.kept else []
        imported.updated += bool(merged.changed) or costs_other
        imported.unchanged += not merged.changed and not costs_other
    # The rows are there and locked: an upsert writes 500 in one go, where bulk_update spells out a CASE for each field.
    Service.objects.bulk_create(
        changed.values(), update_conflicts=True, unique_fields=["id"], update_fields=FOLLOWED_HERE
    )
    Source.objects.bulk_create(heard, update_conflicts=True, unique_fields=["id"], update_fields=HEARD)
    touched = {*changed, *(source.service_id for source in moved)}
    if touched:
        settled = switching.settle(service_ids=touched, moved={source.pk for source in moved}, actor=actor)
        imported.off += _off(settled.off)
        reprice(service_ids=touched, actor=actor, reason="imported")


def _off(sales: Sequence[switching.Sale]) -> list[SwitchedOff]:
    return [SwitchedOff(sale.source.service_id, sale.source.service.name, **sale.told()) for sale in sales]


def _gone(provider: Provider, listed: Collection[str], wanted: Wanted | None) -> Iterator[Gone]:
    ours = Source.objects.filter(provider=provider, active=True, service__active=True).order_by("service_id")
    for service_id, name, remote_id in ours.values_list("service_id", "service__name", "remote_id"):
        if remote_id not in listed and (wanted is None or remote_id in wanted):
            yield Gone(service_id, name, remote_id)
