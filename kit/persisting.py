"""Keeping on while PostgreSQL is away: for work that has already been done and is still to be written down."""

import logging
import threading
from collections.abc import Callable

from django.db import connection

from kit import clock
from kit.outages import MAY_BE_AWAY, is_away

logger = logging.getLogger(__name__)
KEEP_TRYING = 60.0  # seconds
PAUSE = 0.5  # seconds between two tries


class Persistence:
    """PostgreSQL as one run of a worker sees it: since when it has been away, and how long it is waited for."""

    def __init__(self) -> None:
        self._away_since: float | None = None

    @property
    def is_away(self) -> bool:
        """Return whether PostgreSQL did not answer when it was last asked."""
        return self._away_since is not None

    def keep_trying(self, act: Callable[[], None]) -> None:
        """Do it, again and again while PostgreSQL is away, for KEEP_TRYING seconds over all that the run does."""
        pause = threading.Event()
        while True:
            try:
                act()
            except MAY_BE_AWAY as error:
                self.lost(error)
                if clock.timestamp() > (self._away_since or 0) + KEEP_TRYING:
                    raise
                pause.wait(PAUSE)
            else:
                self._away_since = None
                return

    def lost(self, error: Exception) -> None:
        """Note that PostgreSQL did not answer, so that nothing new is begun."""
        logger.warning("PostgreSQL is not answering: %s", str(error).strip().partition("\n")[0])
        self._away_since = self._away_since or clock.timestamp()
        if is_away(error):
            connection.close()
