"""How the parts of the panel are doing, in the words of a page for everybody.

What is wrong with a part, and where it is, stays with the operator (`/readyz`, `doctor`): of each only whether it works
is told. The checks are handed in by notpanel/urls.py, which stands right of this room.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kit import clock

logger = logging.getLogger(__name__)
LOOKED_AT_EVERY = 10  # seconds: whoever reloads the page is not to keep the panel busy with itself

OPERATIONAL, DEGRADED, UNKNOWN = "operational", "degraded", "unknown"


class Found(Protocol):
    """What a check found."""

    @property
    def problem(self) -> str | None:
        """Return what is wrong, or None."""


Check = Callable[[], Found]
Checks = Mapping[str, Iterable[Check]]  # by the part that is well where all of them are


@dataclass(frozen=True, slots=True)
class Part:
    """A part as the public knows it, and the part through which it is known how it does."""

    slug: str
    name: str | Promise
    does: str | Promise
    through: str = ""


PARTS = (
    Part("pages", _("Pages and API"), _("They answer whoever reads and whoever calls.")),
    Part(
        "database",
        _("Database"),
        _("It keeps accounts, balances and orders. Without it nothing can be ordered or looked up."),
    ),
    Part(
        "orders",
        _("Sending and following orders"),
        _("Orders that were placed are sent on and followed. Without it they wait."),
        through="cache",
    ),
    Part("webhooks", _("Webhooks"), _("Programs are told what happens. What is late comes later.")),
    Part("broker", _("Message broker"), _("It wakes what sends orders. Without it they wait, and none is lost.")),
    Part("cache", _("Cache"), _("It makes answers quick. Without it they are slower.")),
)
NOTHING_KNOWN = {part.slug: OPERATIONAL if part.slug == "pages" else UNKNOWN for part in PARTS}  # who reads is answered


@dataclass(frozen=True, slots=True)
class Reading:
    """The state of each part by its slug, and when it was looked at."""

    states: dict[str, str]
    at: datetime

    @property
    def state(self) -> str:
        """Return the state of all together."""
        return next((state for state in (DEGRADED, UNKNOWN) if state in self.states.values()), OPERATIONAL)


class Board:
    """What was found the last time; each process has one."""

    def __init__(self, checks: Checks | None = None) -> None:
        self.checks = checks or {}
        self._last: Reading | None = None
        self._looking = threading.Lock()

    def read(self) -> Reading:
        """Return how the parts are doing, at most ten seconds old.

        Only one thread looks; a check may hang for seconds, and the others are told what was found before.
        """
        last = self._last
        if last and 0 <= (clock.now() - last.at).total_seconds() < LOOKED_AT_EVERY:
            return last
        if not self._looking.acquire(blocking=False):
            return last or Reading(NOTHING_KNOWN, clock.now())
        try:
            self._last = Reading(self._look(), clock.now())
            return self._last
        finally:
            self._looking.release()

    def _look(self) -> dict[str, str]:
        well = {slug: all(_is_well(check) for check in checks) for slug, checks in self.checks.items()}
        states = NOTHING_KNOWN | {slug: OPERATIONAL if is_well else DEGRADED for slug, is_well in well.items()}
        for part in PARTS:
            if part.through and states[part.slug] == states[part.through] == DEGRADED:
                states[part.slug] = UNKNOWN  # what it would be known by has failed: perhaps it has not
        return states


def _is_well(check: Check) -> bool:
    try:
        return check().problem is None
    except Exception:
        logger.exception("a check of the panel's parts failed")
        return False


board = Board()
