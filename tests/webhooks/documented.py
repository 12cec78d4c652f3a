"""The receivers that docs/webhooks.md shows, taken out of it and run as a reader would run them."""

import contextlib
import http.client
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
PAGE = ROOT / "docs" / "webhooks.md"
LIBRARIES = ROOT / "var" / "documented-receivers"  # what npm and composer brought, kept for the next run
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
NAME = re.compile(r"^(?:#|//|<\?php //) (\w+\.\w+): ")
PROGRAMS = {"py": sys.executable, "mjs": "node", "php": "php"}
NPM = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=0", "standardwebhooks@1.1.1"]
COMPOSER = ["composer", "require", "--no-interaction", "standard-webhooks/standard-webhooks:^1.0"]
BROUGHT_BY = {"with_library.mjs": (NPM, "node_modules"), "with_library.php": (COMPOSER, "vendor")}
LONGEST_INSTALL = 60  # seconds


def blocks(*languages: str) -> list[str]:
    """Return the page's code blocks in these languages."""
    return [code for language, code in BLOCK.findall(PAGE.read_text(encoding="utf-8")) if language in languages]


def programs() -> dict[str, str]:
    """Return every program of the page, by the file name in its first line."""
    found = {}
    for code in blocks("python", "javascript", "php"):
        name = NAME.match(code)
        assert name, f"this block's first line does not name its file:\n{code}"
        found[name[1]] = code
    return found


@dataclass
class Running:
    """A receiver that listens."""

    port: int
    output_file: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    @property
    def output(self) -> str:
        """Return all that it has printed so far."""
        return self.output_file.read_text(encoding="utf-8", errors="replace")

    def post(self, headers: Mapping[str, str], body: bytes) -> int:
        """Post as the panel does, and return the status."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        with contextlib.closing(connection):
            connection.request("POST", "/", body, {"Content-Type": "application/json", **headers})
            return connection.getresponse().status


@contextlib.contextmanager
def running(name: str, secret: str, port: int | None = None) -> Iterator[Running]:
    """Run a program of the page until the block ends; skip the test where this machine has not what it needs."""
    program = PROGRAMS[name.rpartition(".")[2]]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed: {name} of docs/webhooks.md is not run")
    port = port or free_port()
    with tempfile.TemporaryDirectory() as name_of_folder:
        folder = Path(name_of_folder)
        (folder / name).write_text(programs()[name], encoding="utf-8")
        if name in BROUGHT_BY:
            _bring(name, folder)
        listening = Running(port, folder / "output")
        arguments = ["-S", f"127.0.0.1:{port}", name] if program == "php" else [name]
        environment = os.environ | {"WEBHOOK_SECRET": secret, "PORT": str(port)}
        with listening.output_file.open("wb") as output:
            process = subprocess.Popen([program, *arguments], cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            wait_until(lambda: _listens(process, listening), f"{name} listens")
            yield listening
        finally:
            process.kill()
            process.wait()


def free_port() -> int:
    """Return a port of this machine on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def _listens(process: "subprocess.Popen[bytes]", listening: Running) -> bool:
    assert process.poll() is None, listening.output
    with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", listening.port), 5):
        return True
    return False


def _bring(name: str, folder: Path) -> None:
    command, brought = BROUGHT_BY[name]
    kept = LIBRARIES / command[-1].replace("/", "-")
    if not kept.exists():
        _install(name, command, kept)
    (folder / brought).symlink_to(kept / brought)


def _install(name: str, command: list[str], kept: Path) -> None:
    """Install into a folder of its own and move it into its place whole: another run may do the same just now."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed: {name} of docs/webhooks.md is not run")
    LIBRARIES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=LIBRARIES) as scratch:
        made = Path(scratch) / "made"
        made.mkdir()
        environment = os.environ | {"COMPOSER_ALLOW_SUPERUSER": "1"}
        try:
            ran = subprocess.run(
                command, cwd=made, env=environment, capture_output=True, text=True, timeout=LONGEST_INSTALL, check=False
            )
        except subprocess.TimeoutExpired:
            pytest.skip(f"{command[0]} took over {LONGEST_INSTALL} s: {name} of docs/webhooks.md is not run")
        if ran.returncode:
            pytest.skip(f"{command[0]} cannot fetch the library: {name} of docs/webhooks.md is not run")
        with contextlib.suppress(OSError):
            made.rename(kept)
