"""What `make up` prints once the panel answers: where it is, and what works there."""

import json
from pathlib import Path


def text(first_run: Path, address: str) -> str:
    """Return the addresses and, for as long as `first_run` keeps them, two log-ins, a key and a curl."""
    made = _read(first_run)
    lines = [f"The panel is ready at {address}", ""]
    lines.append(f"  Operator's admin  {made.get('admin', f'{address}/admin/')}")
    if "email" in made and "password" in made:
        lines.append(f"  Operator log-in   {made['email']}  {made['password']}")
    lines.append(f"  Dashboard         {address}/dashboard")
    if "reseller_email" in made and "reseller_password" in made:
        lines.append(f"  Reseller log-in   {made['reseller_email']}  {made['reseller_password']}")
    lines.append(f"  Reseller API      {address}/api/v2")
    if "provider" in made:
        lines.append(f"  Demo provider     {made['provider']}")
    if "api_key" in made:
        lines += [f"  API key           {made['api_key']}", "", "Try it:"]
        lines.append(f"  curl -s {address}/api/v2 -d key={made['api_key']} -d action=balance")
    return "\n".join([*lines, "", "Ctrl-C stops it."])


def _read(first_run: Path) -> dict[str, str]:
    try:
        made = json.loads(first_run.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # an operator's own panel has none; `first_run` mends a damaged one
        return {}
    return {name: str(value) for name, value in made.items() if value} if isinstance(made, dict) else {}
