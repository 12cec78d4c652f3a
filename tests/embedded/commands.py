"""Management commands where something they need is missing: one line that says what to do, and no trace."""

import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from tests.embedded.conftest import environment

ROOT = Path(__file__).resolve().parent.parent.parent
FERNET = Fernet.generate_key().decode()
OPERATORS = {
    "DATABASE_URL": "postgres://panel@127.0.0.1:1/panel",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "BROKER_URL": "redis://127.0.0.1:1/1",
    "SECRET_KEY": "given",
    "ENCRYPTION_KEYS": FERNET,
}


def manage(folder, *arguments, **changed):
    """Run a command and return its last line of error, having seen that it failed without a trace."""
    ran = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=environment(PANEL_HOME=str(folder / "home"), **changed),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert "Traceback" not in ran.stdout + ran.stderr
    return ran.stderr.strip().splitlines()[-1]


def test_with_no_database_running_a_command_says_how_to_start_it(folder):
    assert manage(folder, "migrate") == "The panel's own PostgreSQL is not running: start it with `make up`"


def test_with_no_redis_running_a_command_says_how_to_start_it(folder):
    asks = "from django.core.cache import caches; caches['limits'].get('anything')"
    said = manage(folder, "shell", "--no-imports", "--command", asks)
    assert said == "The panel's own Redis is not running: start it with `make up`"


@pytest.mark.parametrize("command", ["migrate", "up"])
def test_an_operators_database_that_is_not_there_is_named_by_its_setting(folder, command):
    said = manage(folder, command, **OPERATORS)
    assert said.startswith("PostgreSQL cannot be reached: ")
    assert said.endswith("Check DATABASE_URL, and that the server runs.")


@pytest.mark.parametrize("missing", ["SECRET_KEY", "ENCRYPTION_KEYS"])
def test_an_operators_panel_does_not_start_without_its_secrets(folder, missing):
    said = manage(folder, "check", **{name: value for name, value in OPERATORS.items() if name != missing})
    assert said.startswith(f"{missing} is not set.")
    assert not (folder / "home").exists()


@pytest.mark.parametrize("given", ["DATABASE_URL", "REDIS_URL"])
def test_half_of_an_operators_services_is_refused(folder, given):
    said = manage(folder, "check", **{given: OPERATORS[given]})
    assert said == "Set both DATABASE_URL and REDIS_URL, or neither and the panel brings its own"


def test_a_home_that_cannot_be_used_is_named(folder):
    (folder / "home").write_text("a file", encoding="utf-8")
    assert manage(folder, "up").startswith(f"{folder / 'home' / 'secrets.json'} cannot be used: Not a directory.")
    assert (folder / "home").read_text(encoding="utf-8") == "a file"
