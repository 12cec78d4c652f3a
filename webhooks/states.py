"""What a delivery can be, as a table one can read aloud."""

from django.db.models import TextChoices


class DeliveryState(TextChoices):
    """One fact on its way to one endpoint."""

    DUE = "due"  # it is to be sent at `due_at`, by whoever claims it
    DELIVERED = "delivered"  # the endpoint has answered 2xx
    FAILED = "failed"  # every attempt of the schedule failed, or the endpoint was disabled meanwhile
    DROPPED = "dropped"  # the endpoint was removed, or its key revoked


class Disabled(TextChoices):
    """Why nothing is sent to an endpoint."""

    GONE = "gone", "it answered 410 Gone"
    FAILING = "failing", "it took nothing for days"
    OPERATOR = "operator", "the operator disabled it"
    OWNER = "owner", "its owner disabled it"


BY_ITSELF = frozenset({Disabled.GONE, Disabled.FAILING})  # of which its owner is mailed
OWNERS_TO_END = BY_ITSELF | {Disabled.OWNER}  # the operator's own word is ended by the operator


DELIVERY_TRANSITIONS: dict[str, frozenset[str]] = {
    DeliveryState.DUE: frozenset(DeliveryState),  # to `due` again: at its next time
    DeliveryState.DELIVERED: frozenset({DeliveryState.DUE}),  # the operator has it sent again
    DeliveryState.FAILED: frozenset({DeliveryState.DUE, DeliveryState.DELIVERED}),  # a late answer was a 2xx after all
    DeliveryState.DROPPED: frozenset(),
}


def may_become(state: DeliveryState) -> list[str]:
    """Return the states from which a delivery may enter this one: the WHERE of every statement that moves one."""
    return sorted(source for source, targets in DELIVERY_TRANSITIONS.items() if state in targets)
