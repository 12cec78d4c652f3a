"""A whole panel to strike at: `manage.py up` with its own home and port, and eyes for everything in it."""

import json
import subprocess
import sys
import urllib.parse
import urllib.request
from dataclasses import dataclass
from functools import cached_property
from typing import Any, LiteralString

import psycopg

from notpanel.home import Home
from tests.embedded.conftest import environment
from tests.embedded.running import ROOT, Panel

CALL_SECONDS = 30
# Quick to notice, and nobody held back: what is tried here is not the limits.
QUICK = {
    "FOLLOW_INTERVAL": "1",
    "SWEEP_INTERVAL": "2",
    "PROVIDER_TIMEOUT": "3",
    "RATE_LIMIT_IP": "off",
    "RATE_LIMIT_KEY": "off",
    "RATE_LIMIT_BALANCE_IP": "off",
    "RATE_LIMIT_TIER": "off",
}


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    json: Any


class LoadedPanel(Panel):
    """A panel that takes load, and can be looked into from behind."""

    settings = QUICK

    def command(self) -> dict[str, Any]:
        """Return what starts it."""
        env = environment(PANEL_HOME=str(self.home), PORT=str(self.port), **self.settings)
        return {**super().command(), "env": env}

    @cached_property
    def first_run(self) -> dict[str, str]:
        """Return what `up` made and printed: addresses, log-in and key."""
        made: dict[str, str] = json.loads((self.home / "first-run.json").read_text(encoding="utf-8"))
        return made

    def call(self, **form: Any) -> Answer:
        """Post to /api/v2 with the reseller's key.

        :raises OSError: where no answer comes.
        """
        return post(f"http://127.0.0.1:{self.port}/api/v2", {"key": self.first_run["api_key"], **form})

    def tell_provider(self, **told: Any) -> None:
        """Turn the demo provider, as its README says."""
        body = json.dumps({"key": self.provider_key, **told}).encode()
        answer = _open(urllib.request.Request(f"{self.provider_url}/control", data=body))
        assert answer.status == 200, answer

    def provider_orders(self) -> list[dict[str, Any]]:
        """Return every order placed at the demo provider."""
        return self._of_provider("orders")

    def provider_calls(self) -> list[dict[str, Any]]:
        """Return every call the demo provider has had."""
        return self._of_provider("calls")

    def rows(self, sql: LiteralString) -> list[tuple[Any, ...]]:
        """Ask the panel's database directly."""
        secrets = json.loads((self.home / "secrets.json").read_text(encoding="utf-8"))
        with psycopg.connect(
            host=str(Home(self.home).run),
            user="notpanel",
            password=secrets["DATABASE_PASSWORD"],
            dbname="notpanel",
            connect_timeout=CALL_SECONDS,
        ) as session:
            return session.execute(sql).fetchall()

    def manage(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a management command beside the panel, as its operator does."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.command()["env"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def provider_url(self) -> str:
        """Return where its demo provider is."""
        return f"http://127.0.0.1:{self.port + 1}"

    @cached_property
    def provider_key(self) -> str:
        """Return the key to its demo provider."""
        key: str = (self.home / "demo-provider.key").read_text(encoding="utf-8").strip()
        return key

    def _of_provider(self, what: str) -> list[dict[str, Any]]:
        asked = urllib.parse.urlencode({"key": self.provider_key})
        rows: list[dict[str, Any]] = _open(urllib.request.Request(f"{self.provider_url}/control/{what}?{asked}")).json
        return rows


def post(url: str, form: dict[str, Any]) -> Answer:
    """Post a form and return the JSON that answers it.

    :raises OSError: where no answer comes.
    """
    return _open(urllib.request.Request(url, data=urllib.parse.urlencode(form).encode()))


def _open(request: urllib.request.Request) -> Answer:
    try:
        with urllib.request.urlopen(request, timeout=CALL_SECONDS) as response:
            return Answer(response.status, json.load(response))
    except urllib.error.HTTPError as refused:
        with refused:
            return Answer(refused.code, json.load(refused))
