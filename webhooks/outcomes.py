"""What is to be posted, and what can come of it: the words between the dispatcher and the sender."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Message:
    """One attempt to be made. `start_by` is the moment (seconds since 1970) after which it is not begun any more.

    What is logged of it holds neither the keys that sign nor what it tells.
    """

    delivery_id: int
    endpoint_id: int
    url: str
    event_id: str
    body: bytes = field(repr=False)
    keys: tuple[bytes, ...] = field(repr=False)
    start_by: float


@dataclass(frozen=True, slots=True)
class Answered:
    """The endpoint gave an HTTP answer. `retry_after` is in seconds from now, None where it asked for nothing."""

    status: int
    excerpt: str = ""
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class NotAnswered:
    """It did not, and that is its own affair: no such name, refused, reset, TLS, time-out, an address not public."""

    error: str


@dataclass(frozen=True, slots=True)
class OurFault:
    """Nothing was sent for a reason of our own (no network, no resolver, no proxy): it does not count against it.

    `or_its_own`: where others are reached meanwhile it is the endpoint's: its name servers, its kind of address.
    """

    error: str
    or_its_own: bool = False


@dataclass(frozen=True, slots=True)
class NotBegun:
    """Its turn at its endpoint had not come by `start_by`: nothing was sent."""


Outcome = Answered | NotAnswered | OurFault | NotBegun


@dataclass(frozen=True, slots=True)
class Tried:
    """A message, when its attempt began, how long it took, and what came of it."""

    message: Message
    at: datetime
    ms: int
    outcome: Outcome
