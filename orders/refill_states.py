"""What a refill and its parts can be, as tables one can read aloud, and how the one follows from the others."""

from collections.abc import Iterable
from dataclasses import dataclass

from orders.states import RefillPartState, RefillStatus

REFILL_TRANSITIONS: dict[str, frozenset[str]] = {
    RefillStatus.PENDING: frozenset({RefillStatus.IN_PROGRESS, RefillStatus.COMPLETED, RefillStatus.REJECTED}),
    RefillStatus.IN_PROGRESS: frozenset({RefillStatus.COMPLETED, RefillStatus.REJECTED}),
    RefillStatus.COMPLETED: frozenset(),
    RefillStatus.REJECTED: frozenset(),
}

REFILL_PART_TRANSITIONS: dict[str, frozenset[str]] = {
    RefillPartState.QUEUED: frozenset({RefillPartState.SENT, RefillPartState.DONE, RefillPartState.STUCK}),
    RefillPartState.SENT: frozenset({RefillPartState.DONE, RefillPartState.STUCK}),
    RefillPartState.STUCK: frozenset({RefillPartState.DONE}),  # by the operator's word
    RefillPartState.DONE: frozenset(),
}


def part_may_become(state: RefillPartState) -> list[str]:
    """Return the states from which a part may enter this one: the WHERE of every statement that moves one."""
    return sorted(source for source, targets in REFILL_PART_TRANSITIONS.items() if state in targets)


@dataclass(frozen=True, slots=True)
class Part:
    """What is known of the refill of one purchase."""

    state: str
    reported: str


def refill_status(parts: Iterable[Part]) -> RefillStatus:
    """Return the status of the refill that these parts make up. What one provider refilled is a refill."""
    known = list(parts)
    words = {part.reported for part in known}
    if all(part.state == RefillPartState.DONE for part in known):
        return RefillStatus.COMPLETED if RefillStatus.COMPLETED in words else RefillStatus.REJECTED
    begun = words & {RefillStatus.IN_PROGRESS, RefillStatus.COMPLETED}
    return RefillStatus.IN_PROGRESS if begun else RefillStatus.PENDING
