"""The two panels of the chain, as `make up` runs them, and their operators' commands."""

import json
import subprocess
import sys
from typing import Any

from tests.embedded.running import ROOT
from tests.resilience.panels import QUICK, LoadedPanel

COMMAND_SECONDS = 180
# Small, for two of them share the machine with the rest of the tests; and soon tired of waiting.
SMALL = QUICK | {
    "PROVIDER_TIMEOUT": "2",
    "WEB_PROCESSES": "1",
    "WORKER_PROCESSES": "2",
    "LOG_LEVEL": "WARNING",
}


class Seller(LoadedPanel):
    """The panel that the other one buys from; it brings the demo provider."""

    settings = SMALL

    def operate(self, *commands: list[str]) -> list[dict[str, Any]]:
        """Run management commands one after the other, as the operator does, and return what each printed."""
        ran = subprocess.run(
            [sys.executable, "-m", "tests.chain.operating"],
            cwd=ROOT,
            env=self.command()["env"],
            input=json.dumps(commands),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stderr
        printed: list[dict[str, Any]] = json.loads(ran.stdout)
        return printed

    def sold(self, provider: str) -> dict[str, int]:
        """Return the services bought at a provider: its ids, and ours."""
        rows = self.rows(
            "SELECT v.name, c.remote_id, c.service_id FROM catalog_source c"
            " JOIN providers_provider v ON v.id = c.provider_id"
        )
        return {remote_id: service for name, remote_id, service in rows if name == provider}


class Buyer(Seller):
    """The panel that resellers order at; it has no demo provider of its own."""

    settings = SMALL | {"DEMO": "off"}
