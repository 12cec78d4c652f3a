"""Importing a provider's list of services, so that it can be interrupted and run again, and loses no edit."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Protocol

from django.db import connection, transaction
from django.db.models import QuerySet

import events.operations
from catalog.models import Category, Service, ServiceType, Source
from catalog.operations.merging import FOLLOWED, CannotSell, Word, category_name, merge, sellable
from kit import clock
from kit.encryption import CannotDecrypt
from kit.money import ZERO
from providers.models import Provider
from providers.offers import RemoteService, SkippedRow
from providers.outcomes import CallFailed
from providers.queries import client_for

BATCH = 500
LOCK = 0x1337  # the namespace of our advisory locks; the provider's id is the second half
HIGHEST_MARKUP = Decimal(10_000)
SHOWN_REASONS = 3
HEARD = ("cost", "seen", "seen_at")


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


@dataclass(slots=True)
class Imported:
    """What came of an import: how many services, and which were left alone."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    kept: list[Kept] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    gone: list[Gone] = field(default_factory=list)

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

    :param markup: percent on the provider's cost. None leaves each service the markup it was imported with; new
        ones then get the markup of the provider's newest service, and the first import of all gets none.
    :param wanted: the provider's ids to import; None is all of them.
    :param progress: is told how many rows of how many have been dealt with.
    :raises ImportRefused: where the list cannot be had or holds nothing to sell. Nothing was changed then.
    """
    if markup is not None and not ZERO <= markup <= HIGHEST_MARKUP:
        raise ImportRefused(f"The markup is a percentage from 0 to {HIGHEST_MARKUP}.")
    offered, imported, listed = _read(provider, wanted)
    headings = _headings(provider)
    for start in range(0, len(offered), BATCH):
        _import_batch(provider, offered[start : start + BATCH], markup, headings, imported)
        progress(min(start + BATCH, len(offered)), len(offered))
    imported.gone = list(_gone(provider, listed, wanted))
    events.operations.record(
        kind="provider.services_imported",
        subject="provider",
        subject_id=provider.pk,
        data={**imported.counts(), "markup": None if markup is None else f"{markup:f}"},
        actor=actor,
    )
    return imported


def _read(provider: Provider, wanted: Wanted | None) -> tuple[list[RemoteService], Imported, set[str]]:
    """Return what is to be imported, what is left out, and every id on the list."""
    if provider.currency != "USD":
        raise ImportRefused(
            f"{provider.name} charges in {provider.currency}; NotPanel keeps its books in USD. Nothing was imported."
        )
    try:
        services = client_for(provider).services()
    except (CallFailed, CannotDecrypt) as error:
        raise ImportRefused(f"{provider.name}: {str(error).rstrip('.')}. Nothing was imported.") from error
    left_out = [*services.unknown_types, *services.skipped]
    if not services.services:
        reasons = "; ".join(f"{row.name or row.remote_id or 'a row'}: {row.reason}" for row in left_out[:SHOWN_REASONS])
        raise ImportRefused(
            f"None of the {len(left_out)} services that {provider.name} lists can be read ({reasons}). "
            "Nothing was imported."
        )
    listed = {row.remote_id for row in services.services} | {row.remote_id for row in left_out}
    imported = Imported(skipped=[row for row in left_out if wanted is None or row.remote_id in wanted])
    chosen = [row for row in services.services if wanted is None or row.remote_id in wanted]
    if not chosen and not imported.skipped:
        raise ImportRefused(f"{provider.name} lists none of these ids. Nothing was imported.")
    return list(_sellable(chosen, imported)), imported, listed


def _sellable(rows: Sequence[RemoteService], imported: Imported) -> Iterator[RemoteService]:
    for row in rows:
        try:
            sellable(row, ServiceType.values)
        except CannotSell as error:
            imported.skipped.append(SkippedRow(str(error), row.remote_id, row.name))
        else:
            yield row


@transaction.atomic
def _import_batch(
    provider: Provider,
    rows: Sequence[RemoteService],
    markup: Decimal | None,
    headings: dict[str, int],
    imported: Imported,
) -> None:
    _one_import_at_a_time(provider)
    ours: dict[str, list[Source]] = {}
    for source in _locked(provider, [row.remote_id for row in rows]):
        ours.setdefault(source.remote_id, []).append(source)
    # In the list's order, which is the order the headings then have here.
    _find_or_make(list(dict.fromkeys(map(category_name, rows))), headings)
    usual = markup if markup is not None else _newest_markup(provider)
    new: list[Word] = []
    known: list[tuple[Source, Word]] = []
    for row in rows:
        category = headings[category_name(row)]
        new += [] if row.remote_id in ours else [Word(row, category, usual)]
        known += [
            (source, Word(row, category, markup if markup is not None else _markup(source, usual)))
            for source in ours.get(row.remote_id, ())
        ]
    _create(provider, new, imported)
    _update(known, imported)


def _one_import_at_a_time(provider: Provider) -> None:
    # Two imports at once would each find a new service missing. The second batch waits here, then sees the first's.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, provider.pk])


def _locked(provider: Provider, remote_ids: Sequence[str]) -> QuerySet[Source]:
    """Return our sources, each with its service, locked against an edit that comes in between."""
    known = Source.objects.filter(provider=provider, remote_id__in=remote_ids)
    return known.select_related("service").select_for_update(of=("self", "service")).order_by("id")


def _headings(provider: Provider) -> dict[str, int]:
    """Return where each of the provider's headings went before, by its name there.

    So a heading that the operator has renamed goes on taking what the provider puts there.
    """
    before = Source.objects.filter(provider=provider, seen__made__has_key="category_id").order_by()
    pairs = list(before.values_list("seen__said__category", "seen__made__category_id").distinct())
    there = set(Category.objects.filter(pk__in={pk for _, pk in pairs}).values_list("id", flat=True))
    return {name: pk for name, pk in pairs if pk in there}


def _find_or_make(names: Collection[str], headings: dict[str, int]) -> None:
    missing = {name for name in names if name not in headings}
    if not missing:
        return
    headings |= Category.objects.filter(name__in=missing).values_list("name", "id")
    new = [name for name in names if name not in headings]
    Category.objects.bulk_create((Category(name=name) for name in new), ignore_conflicts=True)
    headings |= Category.objects.filter(name__in=new).values_list("name", "id")


def _newest_markup(provider: Provider) -> Decimal:
    newest = Source.objects.filter(provider=provider, seen__has_key="markup").order_by("-id").first()
    return _markup(newest, ZERO) if newest else ZERO


def _markup(source: Source, usual: Decimal) -> Decimal:
    return Decimal(source.seen.get("markup", usual))


def _create(provider: Provider, words: Sequence[Word], imported: Imported) -> None:
    services = Service.objects.bulk_create(Service(type=word.offered.type, **word.made()) for word in words)
    now = clock.now()
    Source.objects.bulk_create(
        Source(
            service=service,
            provider=provider,
            remote_id=word.offered.remote_id,
            cost=word.cost,
            seen=word.seen(of_service=True),
            seen_at=now,
        )
        for service, word in zip(services, words, strict=True)
    )
    imported.created += len(services)


def _update(pairs: Sequence[tuple[Source, Word]], imported: Imported) -> None:
    changed: dict[int, Service] = {}
    heard: list[Source] = []
    for source, word in pairs:
        cost = source.cost
        try:
            merged = merge(source, word)
        except CannotSell as error:
            imported.skipped.append(SkippedRow(str(error), word.offered.remote_id, word.offered.name))
            continue
        source.seen_at = clock.now()
        heard.append(source)
        changed |= {source.service_id: source.service} if merged.changed else {}
        imported.kept += [Kept(source.service_id, merged.kept)] if merged.kept else []
        imported.updated += bool(merged.changed) or source.cost != cost
        imported.unchanged += not merged.changed and source.cost == cost
    # The rows are there and locked: an upsert writes 500 in one go, where bulk_update spells out a CASE for each field.
    Service.objects.bulk_create(changed.values(), update_conflicts=True, unique_fields=["id"], update_fields=FOLLOWED)
    Source.objects.bulk_create(heard, update_conflicts=True, unique_fields=["id"], update_fields=HEARD)


def _gone(provider: Provider, listed: Collection[str], wanted: Wanted | None) -> Iterator[Gone]:
    ours = Source.objects.filter(provider=provider, active=True, service__active=True).order_by("service_id")
    for service_id, name, remote_id in ours.values_list("service_id", "service__name", "remote_id"):
        if remote_id not in listed and (wanted is None or remote_id in wanted):
            yield Gone(service_id, name, remote_id)
