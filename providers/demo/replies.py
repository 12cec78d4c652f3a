"""What the demo provider answers over HTTP, the misbehaving answers included."""

from dataclasses import dataclass

from providers.demo.behaviours import Behaviour

WEB_PAGE = "<!doctype html><title>Just a moment...</title><p>Checking your browser.</p>"


class Refusal(Exception):
    """The answer is an error of the protocol."""


@dataclass
class Knobs:
    """What can be turned while it runs: seconds, but for the days that its calendar runs ahead."""

    delivery_seconds: float = 6.0
    hold_seconds: float = 60.0
    slow_seconds: float = 3.0
    hidden_seconds: float = 30.0
    refill_seconds: float = 6.0
    cancel_seconds: float = 0.0
    post_seconds: float = 10.0
    minute_seconds: float = 60.0
    days_ahead: float = 0.0


@dataclass(frozen=True)
class Reply:
    """A body after so many seconds, or with `drop` none at all: the connection is reset then."""

    body: object = None
    status: int = 200
    after: float = 0.0
    drop: bool = False


def refusal(behaviour: Behaviour) -> Refusal | None:
    """Return the error that a behaviour answers, or None where it answers none."""
    if behaviour is Behaviour.REFUSE:
        return Refusal("Link is private or does not exist")
    return Refusal("Not enough funds on balance") if behaviour is Behaviour.NO_FUNDS else None


def instead(behaviour: Behaviour, knobs: Knobs) -> Reply | None:
    """Return what a behaviour answers in place of the action's own answer, or None where it does not."""
    match behaviour:
        case Behaviour.TIMEOUT_BEFORE_PLACING | Behaviour.TIMEOUT_AFTER_PLACING:
            return Reply(after=knobs.hold_seconds, drop=True)
        case Behaviour.RESET_BEFORE_PLACING | Behaviour.RESET_AFTER_PLACING:
            return Reply(drop=True)
        case Behaviour.HTML | Behaviour.HTML_AFTER_PLACING:
            return Reply(WEB_PAGE)
        case Behaviour.ERROR_500_BEFORE_PLACING | Behaviour.ERROR_500_AFTER_PLACING:
            return Reply({"error": "Internal server error"}, 500)
        case Behaviour.TOO_MANY_REQUESTS:
            return Reply({"error": "Too many requests"}, 429)
    return None
