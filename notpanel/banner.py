"""What `make up` prints once the panel answers: where it is, and what works there."""

import json
from pathlib import Path

from django.contrib.auth import authenticate


def text(first_run: Path, address: str) -> str:
    """Return the addresses and, while they work, the operator's log-in, a reseller's key and a curl."""
    lines = [f"The panel is ready at {address}", ""]
    made = _read(first_run)
    lines += [
        f"  Reseller API   {address}/api/v2",
        f"  Admin          {made.get('admin', address + '/admin/')}",
    ]
    if "provider" in made:
        lines.append(f"  Demo provider  {made['provider']}")
    if "email" in made and _opens(made["email"], made.get("password", "")):
        lines.append(f"  Log-in         {made['email']}  {made['password']}")
    if "api_key" in made:
        lines += [f"  API key        {made['api_key']}", "", "Try it:"]
        lines += [f"  curl -s {address}/api/v2 -d key={made['api_key']} -d action=balance"]
    return "\n".join([*lines, "", "Ctrl-C stops it."])


def _read(first_run: Path) -> dict[str, str]:
    try:
        made = json.loads(first_run.read_text(encoding="utf-8"))
    except FileNotFoundError:  # an operator's own panel, set up without demo data
        return {}
    except ValueError:
        return {"admin": f"(what was first made is unknown: {first_run} is damaged)"}
    return {name: str(value) for name, value in made.items() if value}


def _opens(email: str, password: str) -> bool:
    return authenticate(username=email, password=password) is not None
