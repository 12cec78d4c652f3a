"""Deliveries that are to be sent now, a clock that stands still, and what became of them."""

from collections.abc import Mapping
from typing import Any, Self

from kit import clock
from tests.webhooks.ended import deliveries
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.operations.claiming import Claimed, claim
from webhooks.operations.recording import Result
from webhooks.outcomes import Answered, Message, Outcome, Tried


class Scripted:
    """In the sender's place, where the network cannot be made to do it: each message comes to what its URL is to."""

    def __init__(self, outcomes: Mapping[str, Outcome]) -> None:
        self._outcomes, self._tried = outcomes, list[Tried]()

    def __call__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        assert self._tried == []

    def send(self, messages: list[Message]) -> None:
        """Have each come to its outcome at once."""
        self._tried += [Tried(each, clock.now(), 1, self._outcomes[each.url]) for each in messages]

    def outcomes(self, timeout: float) -> list[Tried]:
        """Return all of them together."""
        tried, self._tried = self._tried, []
        return tried


def due(endpoint: Endpoint, count: int = 1, **fields: Any) -> list[Delivery]:
    """Put so many deliveries into the endpoint's outbox, each of an event of its own."""
    return deliveries(endpoint, count, "due", **{"tries": 0} | fields)


def taken(
    most: int = 1000, room: int = 1000, rooms: Mapping[int, tuple[int, int]] | None = None, after: int = 0
) -> list[Claimed]:
    """Claim what is due, as a worker does."""
    return claim(most=most, room=room, rooms=rooms or {}, after=after).claimed


def came_to(claimed: Claimed, outcome: Outcome | int, *, ms: int = 0, own_fault: bool = False) -> Result:
    """Return what came of it: an outcome, or the status that was answered."""
    outcome = Answered(outcome) if isinstance(outcome, int) else outcome
    return Result(claimed, Tried(claimed.message, clock.now(), ms, outcome), own_fault)


def states(*of: Delivery) -> list[str]:
    """Return the state of each."""
    now = Delivery.objects.in_bulk([each.pk for each in of])
    return [now[each.pk].state for each in of]


def statuses(of: Delivery) -> list[int | None]:
    """Return what was answered to its attempts, the first one's first."""
    return list(Attempt.objects.filter(delivery=of).order_by("id").values_list("status", flat=True))
