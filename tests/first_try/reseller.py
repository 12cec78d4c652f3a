"""A reseller's program: posts forms to /api/v2 and reads JSON."""

import json
import time
import urllib.parse
import urllib.request
from typing import Any

PATIENCE = 60.0
POLL_EVERY = 1.0  # a reseller has 100 calls a minute


class Reseller:
    """What a reseller can do with an address and a key."""

    def __init__(self, address: str, key: str) -> None:
        self._address, self._key = address, key

    def ask(self, **form: Any) -> Any:
        """Return the answer, and print both as a transcript (`pytest -s`)."""
        body = urllib.parse.urlencode({"key": self._key, **form}).encode()
        with urllib.request.urlopen(f"{self._address}/api/v2", data=body, timeout=30) as response:
            answer = json.load(response)
        shown = json.dumps(answer)
        print(" ".join(f"{name}={value}" for name, value in form.items()))
        print(f"  {shown if len(shown) < 500 else f'{shown[:300]}… and so on: {len(answer)} in all'}")
        return answer

    def balance(self) -> str:
        """Return the balance as it stands on the wire."""
        balance: str = self.ask(action="balance")["balance"]
        return balance

    def wait_for(self, order: str, status: str) -> dict[str, str]:
        """Poll the order's status until it is this one; return the whole answer."""
        deadline = time.monotonic() + PATIENCE
        while (answer := self.ask(action="status", order=order))["status"] != status:
            assert time.monotonic() < deadline, f"not {status} after {PATIENCE:g} s: {answer}"
            time.sleep(POLL_EVERY)
        return dict(answer)
