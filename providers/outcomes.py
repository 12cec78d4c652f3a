"""What comes of asking a provider: the five outcomes of `add`, and the errors of every other call."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Placed:
    """The provider took the order and named it; `answer` is what it said, at most 2 kB."""

    provider_order_id: str
    answer: str = ""


@dataclass(frozen=True)
class _Without:
    """No order id came of it: why, in a sentence for the operator, and what the provider said, at most 2 kB."""

    why: str
    answer: str = ""


class NotSent(_Without):
    """Nothing reached the provider, or it asked us to slow down: the same order may be sent again later."""


class ProviderFault(_Without):
    """The provider cannot serve us at all now (our key, our funds there, maintenance); nothing was placed."""


class Refused(_Without):
    """The provider declined this order; nothing was placed."""


class Unknown(_Without):
    """The order may or may not have been placed: it must not be sent again before somebody has looked."""


class Unproven(Unknown):
    """The provider declined a sending, and that says nothing of those before it; it answers, and so is at no fault."""


Outcome = Placed | NotSent | ProviderFault | Refused | Unknown


class CallFailed(Exception):
    """A call other than `add` brought nothing; the message is a sentence for the operator."""


class Unreachable(CallFailed):
    """The provider could not be reached, or did not answer in time."""


class SlowDown(Unreachable):
    """The provider counts our calls and has had enough for now (HTTP 429)."""


class BrokenAnswer(CallFailed):
    """The provider answered something that is not the protocol."""


class ProviderError(CallFailed):
    """The provider answered an error of the protocol; `fault` says that it concerns our whole account."""

    def __init__(self, text: str, *, fault: bool) -> None:
        super().__init__(f"The provider says: {text}")
        self.text = text
        self.fault = fault
