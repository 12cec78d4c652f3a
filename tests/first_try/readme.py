"""README.md's consoles, typed in as they are printed: each command answers what the page says it answers."""

import os
import re
import subprocess
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("whole panels")

README = Path(__file__).resolve().parent.parent.parent / "README.md"
CONSOLE = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:[^$].*\n)*)", re.MULTILINE)
PRINTED = "http://127.0.0.1:8000"
PLACEHOLDER = "ord_…"
PATIENCE = 60.0


def steps():
    """Each command with the answer that is printed under it."""
    found = [step for block in CONSOLE.findall(README.read_text(encoding="utf-8")) for step in COMMAND.findall(block)]
    return [(command, answer.strip()) for command, answer in found if PRINTED in command]


def test_each_curl_of_the_readme_answers_as_printed(address, create_reseller):
    key = create_reseller("alice@example.com")["api_key"]
    order = None
    assert len(steps()) >= 3
    for command, printed in steps():
        typed = command.replace(PRINTED, address).replace(PLACEHOLDER, order or PLACEHOLDER)
        answer = answered(typed, key, printed)
        order = next(iter(re.findall(r"ord_\w+", answer)), order)
    assert order is not None


def answered(command, key, printed):
    """Run the command until it answers what is printed, in which "…" stands for anything."""
    expected = re.compile(".+?".join(map(re.escape, printed.split("…"))))
    deadline = time.monotonic() + PATIENCE
    while True:
        ran = subprocess.run(
            ["sh", "-c", command], env=os.environ | {"KEY": key}, capture_output=True, text=True, timeout=60, check=True
        )
        if expected.fullmatch(ran.stdout.strip()):
            return ran.stdout
        assert time.monotonic() < deadline, f"{command}\nanswers {ran.stdout}\nand not  {printed}"
        time.sleep(1)
