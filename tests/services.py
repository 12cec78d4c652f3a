"""PostgreSQL and Redis for the tests: embedded ones in a home of their own, or those the environment names.

A pytest plugin (`-p tests.services`), because the settings read the environment before any conftest is read.
"""

import contextlib
import os
import re
import secrets
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from notpanel.embedded import Services
from notpanel.home import AlreadyRunning, Home
from notpanel.secret_keys import Secrets

VAR = Path(__file__).resolve().parent.parent / "var"
UNLOCKED_SECONDS = 60  # a younger home without a lock may be one that another run is just making


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Set the environment before pytest-django reads the settings."""
    if not {"--help", "--version", "-h", "-V"} & set(early_config.invocation_params.args):
        _set_environment(early_config)
    return (yield)


def _set_environment(config: pytest.Config) -> None:
    # Hundreds of processes load the panel in a run: what one has compiled serves the others, whatever the shell says.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False
    if "PYTEST_XDIST_WORKER" not in os.environ:
        if not os.environ.get("DATABASE_URL") and not os.environ.get("REDIS_URL"):
            until_the_end = contextlib.ExitStack()
            config.add_cleanup(until_the_end.close)
            until_the_end.enter_context(_embedded())
        os.environ.setdefault("BROKER_URL", _celery_form(os.environ["REDIS_URL"]))
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(50))
        os.environ.setdefault("ENCRYPTION_KEYS", Fernet.generate_key().decode())
        os.environ.setdefault("PANEL_HOME", str(_home_without_services(config)))
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw-1").removeprefix("gw"))
    for variable, number in (("REDIS_URL", 2 * worker + 2), ("BROKER_URL", 2 * worker + 3)):
        os.environ[variable] = with_database(os.environ[variable], number)


@contextlib.contextmanager
def _embedded() -> Iterator[None]:
    """Run services in a fresh home for as long as the tests run, and leave nothing of them."""
    _remove_left_homes()
    home = _fresh_home()
    secret = Secrets(
        django=secrets.token_urlsafe(50),
        encryption=[Fernet.generate_key().decode()],
        database=secrets.token_urlsafe(24),
        superuser=secrets.token_urlsafe(24),
    )
    with home.locked("the tests"):
        services = Services(home, secret, say=lambda line: None, durable=False)
        try:
            services.start()
            os.environ |= {
                "PANEL_HOME": str(home.path),
                "DATABASE_URL": home.database_url(secret.database),
                "REDIS_URL": home.cache_url,
                "BROKER_URL": home.broker_url,
                "SECRET_KEY": secret.django,
                "ENCRYPTION_KEYS": secret.encryption[0],
            }
            yield
        finally:
            services.stop()
            shutil.rmtree(home.path)


def _fresh_home() -> Home:
    VAR.mkdir(mode=0o700, exist_ok=True)
    home = Home(Path(tempfile.mkdtemp(prefix="test-", dir=VAR)))
    home.prepare()
    return home


def _home_without_services(config: pytest.Config) -> Path:
    """Return a folder for what the panel keeps on disk beside an operator's own servers."""
    folder = Path(tempfile.mkdtemp(prefix="notpanel-test-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def _remove_left_homes() -> None:
    """Remove the homes of runs that were killed: those whose lock nobody holds."""
    for folder in VAR.glob("test-*"):
        home = Home(folder)
        young = time.time() - folder.stat().st_mtime < UNLOCKED_SECONDS
        if young and not home.lock_file.exists():
            continue
        with contextlib.suppress(AlreadyRunning), home.locked("tidying up"):
            home.remove_short_folder()
            shutil.rmtree(folder)


def with_database(url: str, number: int) -> str:
    """Return a Redis URL with another database's number, in whichever place that kind of URL has it."""
    if url.startswith(("unix:", "redis+socket:")):
        name = "db" if url.startswith("unix:") else "virtual_host"
        return f"{url.partition('?')[0]}?{name}={number}"
    return re.sub(r"^(\w+://[^/?]+)(/\d*)?", rf"\g<1>/{number}", url)


def _celery_form(url: str) -> str:
    return url.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
