"""Homes to try embedded services in: real folders, real servers."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from notpanel.embedded import Services
from notpanel.home import Home
from notpanel.secret_keys import Secrets

SECRETS = Secrets(django="d", encryption=["e"], database="it's a secret%", superuser="another/secret?")
PATIENCE = 60.0


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a short-named folder: pytest's own are too long for a socket's path."""
    made = Path(tempfile.mkdtemp(prefix="np-"))
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def home(folder) -> Home:
    """Return a home that has been prepared."""
    home = Home(folder / "home")
    home.prepare()
    return home


@pytest.fixture
def said() -> list[str]:
    """Return the list a server's messages to the operator go into."""
    return []


@pytest.fixture
def services(home, said) -> Iterator[Services]:
    """Return services over the home, stopped at the end."""
    services = Services(home, SECRETS, say=said.append, durable=False)
    yield services
    services.stop()


def connect(home: Home, **changed: str) -> psycopg.Connection:
    """Connect to the embedded database as the panel does, with what is changed."""
    asked = {"host": str(home.run), "user": "notpanel", "password": SECRETS.database, "dbname": "notpanel"}
    return psycopg.connect(make_conninfo("", **(asked | changed)), autocommit=True)


def wait_until(condition: Callable[[], object], what: str) -> None:
    """Poll until the condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"waited {PATIENCE} s: {what}"
        time.sleep(0.02)


def runs(pid: int) -> bool:
    """Say whether the process lives; one that has ended and was not reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def environment(**changed: str) -> dict[str, str]:
    """Return an environment for a panel of its own: none of the tests' services in it."""
    ours = ("DATABASE_URL", "REDIS_URL", "BROKER_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "PANEL_HOME", "PORT")
    kept = {name: value for name, value in os.environ.items() if name not in ours}
    return kept | changed
