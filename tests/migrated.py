"""One migrated database, of which every worker's is a copy: migrating takes longer than many a room's tests."""

import fcntl
import os
from pathlib import Path

from django.conf import settings
from django.db import connection

NAME = "test_migrated"


def migrated_once() -> None:
    """Have Django make the tests' database as a copy of the migrated one, which the first worker to come here makes.

    Only of services that end with the run: an operator's own server would keep it, and what it holds would grow old.
    """
    home = Path(os.environ["PANEL_HOME"])
    if "PYTEST_XDIST_WORKER" not in os.environ or not (home / "postgres").exists():
        return
    with (home / f"{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = home / NAME
        if not done.exists():
            _migrate()
            done.touch()
    settings.DATABASES["default"]["TEST"]["TEMPLATE"] = NAME


def _migrate() -> None:
    database = settings.DATABASES["default"]
    names = database["NAME"], database["TEST"]["NAME"]
    database["TEST"]["NAME"] = NAME
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()  # of a database that somebody is in no copy can be made
    database["NAME"], database["TEST"]["NAME"] = names
