"""What is written of events, and of when they are sent."""

from django.conf import settings

from api_v2.exemplary_events import body
from dashboard.developers.parts.actions import OF_CLASSIC, printed
from dashboard.developers.reader import Reader
from dashboard.developers.tables import table
from webhooks.kinds import KINDS


def listed(reader: Reader) -> str:
    """Return the table of the events, with when each happens."""
    return table(["event", "when"], [[f"`{kind}`", when] for kind, when in KINDS.items()])


def bodies(reader: Reader) -> str:
    """Return a body of each event, in both dialects where they differ."""
    return "\n".join(f"#### {kind}\n\n{_bodies(kind)}" for kind in KINDS)


def _bodies(kind: str) -> str:
    standard, classic = (printed(body(kind, dialect)) for dialect in ("standard", "classic"))
    return standard if standard == classic else f"{standard}\n{OF_CLASSIC}\n\n{classic}"


def schedule(reader: Reader) -> str:
    """Return the table of the attempts, with how long after the one before each is made."""
    rows = [[str(number), _after(seconds)] for number, seconds in enumerate((0, *settings.WEBHOOK_SCHEDULE), start=1)]
    return table(["attempt", "after the one before"], rows)


def _after(seconds: int) -> str:
    if not seconds:
        return "at once"
    size, unit = next(each for each in ((3600, "h"), (60, "min"), (1, "s")) if seconds >= each[0])
    return f"{seconds / size:g} {unit}"
