"""One round with one provider: its list is read, our sources are compared with it batch by batch, the rest proposed."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

from django.conf import settings
from django.db import transaction

import events.operations
from catalog.models import ExchangeRate, Source
from catalog.operations.creating import one_at_a_time
from catalog.operations.reading import ListUnusable, ProviderList, read_list, split_sellable
from catalog.operations.syncing import changes, telling
from catalog.operations.syncing.batches import Round
from catalog.operations.syncing.comparing import Scale
from catalog.operations.syncing.report import Synced
from kit import stopping
from providers.models import Provider
from providers.offers import RemoteService, SkippedRow
from providers.outcomes import SlowDown

BATCH = 500
SMALL = 10  # fewer sources than this may well vanish at once

Ours = dict[int, tuple[str, bool]]  # our sources: the id there, and whether it was on the last good list
Progress = Callable[[int, int], None]
Step = tuple[Callable[[], None], int]


class SyncRefused(Exception):
    """The provider's list was not gone by, and nothing was changed; the message says why and what to do."""


def sync_services(
    *,
    provider: Provider,
    dry: bool = False,
    trust: bool = False,
    actor: str = "",
    progress: Progress = lambda done, of: None,
) -> Synced:
    """Compare what the provider lists with our sources: apply what the policy applies, write down what waits.

    Each batch of 500 is a transaction of its own: a round that is interrupted is finished by the next one.

    :param dry: nothing is written; what would have been is returned.
    :param trust: go by the list even though most of what we buy there is not on it.
    :param progress: is told how many rows of how many have been dealt with.
    :raises SyncRefused: where there is no list to go by. The operator is told, and nothing was changed.
    """
    ours = _ours(provider)
    try:
        listed = read_list(provider)
        _check_length(provider, listed, ours, trust)
    except ListUnusable as error:
        if not dry and not isinstance(error.__cause__, SlowDown):  # which says nothing of the list
            telling.refused(provider, str(error))
        raise SyncRefused(f"{error} Nothing was changed.") from error.__cause__
    unsold, skipped = _unsold(listed, ours)
    synced = Synced(provider, len(listed.offered), skipped=[*listed.left_out, *skipped])
    _walk(_round(provider, listed, synced, actor), ours, unsold, dry=dry, progress=progress)
    if synced.finished and not dry:
        _conclude(unsold, synced, actor)
    return synced


def _ours(provider: Provider) -> Ours:
    rows = Source.objects.filter(provider=provider).order_by("id").values_list("id", "remote_id", "seen__missing")
    return {pk: (remote_id, not times) for pk, remote_id, times in rows}


def _check_length(provider: Provider, listed: ProviderList, ours: Ours, trust: bool) -> None:
    """Check that the list is not suspiciously short.

    :raises ListUnusable: where it holds less than half of what was there.
    """
    readable = {row.remote_id for row in listed.offered}
    before = {remote_id for remote_id, there in ours.values() if there}
    still = len(before & readable)
    short = len(readable) * 2 < len(before) or (len(before) >= SMALL and still * 2 < len(before))
    if short and not trust:
        raise ListUnusable(
            f"{provider.name} lists {still} of the {len(before)} services that are bought there, less than half: "
            f"if that is right, run sync_services {provider.name!r} --apply --trust-list."
        )


def _unsold(listed: ProviderList, ours: Ours) -> tuple[list[RemoteService], list[SkippedRow]]:
    sold = {remote_id for remote_id, _ in ours.values()}
    return split_sellable([row for row in listed.offered if row.remote_id not in sold])


def _round(provider: Provider, listed: ProviderList, synced: Synced, actor: str) -> Round:
    worth = {"USD": Decimal(1), **dict(ExchangeRate.objects.values_list("currency", "usd"))}
    offered = {row.remote_id: row for row in listed.offered}
    return Round(provider, listed, offered, Scale(settings.PRICE_JUMP, worth), synced, actor)


def _walk(this: Round, ours: Ours, unsold: list[RemoteService], *, dry: bool, progress: Progress) -> None:
    """Take the batches one after the other, each in a transaction; stop between two where the worker is to stop."""
    unreadable = this.listed.ids() - this.offered.keys()  # listed, and nobody knows what of it: left as it is
    known = [pk for pk, (remote_id, _) in ours.items() if remote_id not in unreadable]
    of, done = len(known) + len(unsold), 0
    for run, rows in _steps(this, known, unsold):
        if stopping.asked():
            this.synced.finished = False
            return
        with transaction.atomic():
            one_at_a_time(this.provider)
            run()
            transaction.set_rollback(dry)
        done += rows
        progress(done, of)


def _steps(this: Round, known: list[int], unsold: list[RemoteService]) -> Iterator[Step]:
    for start in range(0, len(known), BATCH):
        ids = known[start : start + BATCH]
        yield partial(this.compare, ids), len(ids)
    for start in range(0, len(unsold), BATCH):
        rows = unsold[start : start + BATCH]
        yield partial(this.propose, rows), len(rows)


@transaction.atomic
def _conclude(unsold: list[RemoteService], synced: Synced, actor: str) -> None:
    """Close what is no longer proposed, and tell what came of the round."""
    provider = synced.provider
    changes.withdraw_new(provider, {row.remote_id for row in unsold}, actor)
    telling.went_by(provider)
    telling.waiting(provider)
    if synced.changed():
        events.operations.record(
            kind="provider.services_synced",
            subject="provider",
            subject_id=provider.pk,
            data={"listed": synced.listed, **synced.counts()},
            actor=actor,
        )
