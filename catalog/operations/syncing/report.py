"""What came of a round with one provider."""

from dataclasses import dataclass, field

from catalog.models import ChangeState, SyncChange
from catalog.operations.switching import Sale
from providers.models import Provider
from providers.offers import SkippedRow


@dataclass(frozen=True, slots=True)
class Kept:
    """What the provider changed and the operator has made his own: it stays as it is."""

    service_id: int
    fields: tuple[str, ...]


@dataclass(slots=True)
class Synced:
    """Every difference as it stands now, and which sources were switched for their price."""

    provider: Provider
    listed: int
    compared: int = 0
    finished: bool = True
    changes: list[SyncChange] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    skipped: list[SkippedRow] = field(default_factory=list)
    off: list[Sale] = field(default_factory=list)
    on: list[Sale] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        """Return how many differences stand in each state, and how many sources were switched for their price."""
        states = (ChangeState.APPLIED, ChangeState.PROPOSED, ChangeState.QUARANTINED)
        counted = {state.value: sum(each.state == state for each in self.changes) for state in states}
        return {**counted, "switched_off": len(self.off), "switched_on": len(self.on)}

    def changed(self) -> bool:
        """Return whether anything is otherwise than it was before the round."""
        return bool(self.off or self.on or any(each.state == ChangeState.APPLIED for each in self.changes))
