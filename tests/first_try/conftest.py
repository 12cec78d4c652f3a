"""A panel as `make up` starts it for somebody who has just cloned it: nothing set but where it lives."""

import json
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.embedded.running import ROOT, Panel
from tests.first_try.browser import Browser
from tests.first_try.reseller import Reseller


@pytest.fixture(scope="session")
def panel() -> Iterator[Panel]:
    """Return a running panel with its demo provider."""
    folder = Path(tempfile.mkdtemp(prefix="np-"))
    panel = Panel(folder)
    try:
        panel.start()
        yield panel
    finally:
        if panel.process.poll() is None:
            panel.end(signal.SIGTERM)
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def address(panel: Panel) -> str:
    """Return where it is."""
    return f"http://127.0.0.1:{panel.port}"


@pytest.fixture(scope="session")
def first_run(panel: Panel) -> dict[str, str]:
    """Return what `make up` made and printed."""
    made: dict[str, str] = json.loads((panel.home / "first-run.json").read_text(encoding="utf-8"))
    return made


@pytest.fixture
def reseller(address: str, first_run: dict[str, str]) -> Reseller:
    """Return the reseller whose key was printed, writing a transcript of what he asks and is answered."""
    return Reseller(address, first_run["api_key"])


@pytest.fixture
def operator(address: str, first_run: dict[str, str]) -> Browser:
    """Return the operator's browser, logged in with what was printed."""
    browser = Browser(address)
    browser.log_in(first_run["email"], first_run["password"])
    return browser


@pytest.fixture
def create_reseller(panel: Panel) -> Callable[[str], dict[str, Any]]:
    """Make a reseller with 100 USD by the operator's command, and return what it prints."""

    def create(email: str) -> dict[str, Any]:
        made = subprocess.run(
            [sys.executable, "manage.py", "create_reseller", email, "--deposit", "100", "--json"],
            cwd=ROOT,
            env=panel.command()["env"],
            capture_output=True,
            text=True,
            check=True,
        )
        printed: dict[str, Any] = json.loads(made.stdout)
        return printed

    return create
