"""One batch of a round, in the caller's transaction: sources that are compared, or services that are proposed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from catalog.models import OffBecause, Service, Source
from catalog.operations import switching
from catalog.operations.creating import hold_services
from catalog.operations.merging import FOLLOWED, Word
from catalog.operations.reading import ProviderList
from catalog.operations.repricing import reprice
from catalog.operations.syncing import changes
from catalog.operations.syncing.comparing import Compared, Scale, compare, missing
from catalog.operations.syncing.report import Kept, Synced
from kit import clock
from providers.models import Provider
from providers.offers import RemoteService

HEARD = ("cost", "currency", "seen", "off_because")
FOLLOWED_HERE = (*FOLLOWED, "rate")


def locked(source_ids: Collection[int]) -> list[Source]:
    """Return the sources with their services, locked; those of one service share it.

    Without their keys, as an order that is placed meanwhile refers to them and does not wait.
    """
    hold_services(Source.objects.filter(pk__in=source_ids))
    found = Source.objects.filter(pk__in=source_ids).select_related("service").order_by("id")
    sources = list(found.select_for_update(of=("self", "service"), no_key=True))
    services: dict[int, Service] = {}
    for each in sources:
        each.service = services.setdefault(each.service_id, each.service)
    return sources


@dataclass(frozen=True, slots=True)
class Round:
    """What the batches of a round share."""

    provider: Provider
    listed: ProviderList
    offered: dict[str, RemoteService]
    scale: Scale
    synced: Synced
    actor: str

    def compare(self, source_ids: Sequence[int]) -> None:
        """Compare these sources with the list, and do what the policy says."""
        compared = [self._compared(each) for each in locked(source_ids)]
        self._save(compared)
        self._switch(compared)
        found = [change for each in compared for change in each.changes]
        self.synced.changes += changes.write(source_ids=source_ids, found=found, actor=self.actor)
        self.synced.kept += [Kept(each.source.service_id, tuple(each.kept)) for each in compared if each.kept]
        self.synced.compared += len(compared)

    def propose(self, rows: Sequence[RemoteService]) -> None:
        """Propose what the provider lists and we do not sell."""
        self.synced.changes += changes.propose(self.provider, rows, self.listed.currency, self.actor)

    def _compared(self, source: Source) -> Compared:
        offered = self.offered.get(source.remote_id)
        if offered is None:
            return missing(source)
        # The sync leaves headings to the import: the one that was made stands.
        heading = source.seen.get("made", {}).get("category_id", source.service.category_id)
        return compare(source, Word(offered, heading, self.listed.currency, self.listed.usd), self.scale)

    def _save(self, compared: Sequence[Compared]) -> None:
        services = {each.source.service_id: each.source.service for each in compared if each.service_changed}
        sources = [each.source for each in compared if each.changed]
        # As the import does: an upsert of rows that are there and locked writes 500 in one go.
        Service.objects.bulk_create(
            services.values(), update_conflicts=True, unique_fields=["id"], update_fields=FOLLOWED_HERE
        )
        Source.objects.bulk_create(sources, update_conflicts=True, unique_fields=["id"], update_fields=HEARD)
        listed = [each.source.pk for each in compared if each.source.remote_id in self.offered]
        Source.objects.filter(pk__in=listed).update(seen_at=clock.now())

    def _switch(self, compared: Sequence[Compared]) -> None:
        """Switch off what is gone or of another type, judge the prices that moved, and have the rates follow."""
        left: set[int] = set()
        for why in (OffBecause.GONE, OffBecause.TYPE):
            off = {each.source.pk: each.source.service_id for each in compared if each.off == why}
            switched = switching.switch_off(source_ids=off, why=why, actor=self.actor)
            left |= {off[each] for each in switched}
        moved = {each.source.pk: each.source.service_id for each in compared if each.moved}
        waiting = {each.source.service_id for each in compared if each.source.off_because == OffBecause.PRICE}
        touched = {*left, *moved.values(), *waiting}
        if touched:
            settled = switching.settle(service_ids=touched, moved=moved, left=left, actor=self.actor)
            self.synced.off += settled.off
            self.synced.on += settled.on
            reprice(service_ids=touched, actor=self.actor, reason="the provider's list")
