"""`manage.py up` as a whole, with every program of the panel in it."""

import json
import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from notpanel.embedded import processes
from tests.embedded.conftest import environment, runs, wait_until

ROOT = Path(__file__).resolve().parent.parent.parent
# One worker process takes all of these, so that no two of them are slow at once.
pytestmark = pytest.mark.xdist_group("whole panels")


def free_port():
    """Return a port that is free, and the one after it too: the demo provider's."""
    while True:
        with socket.socket() as one, socket.socket() as two:
            one.bind(("127.0.0.1", 0))
            port = one.getsockname()[1]
            try:
                two.bind(("127.0.0.1", port + 1))
            except (OSError, OverflowError):
                continue
            return port


class Panel:
    """One `manage.py up` over a home, its output in a file."""

    def __init__(self, folder, port=None):
        self.folder, self.port = folder, port or free_port()
        self.home = folder / "home"
        self.log = folder / f"output-{self.port}"
        self.process: subprocess.Popen[bytes]

    def command(self):
        return {
            "args": [sys.executable, "manage.py", "up"],
            "cwd": ROOT,
            "env": environment(PANEL_HOME=str(self.home), PORT=str(self.port)),
        }

    def start(self):
        with self.log.open("w") as output:
            self.process = subprocess.Popen(
                **self.command(), stdout=output, stderr=subprocess.STDOUT, start_new_session=True
            )
        wait_until(lambda: "Ctrl-C stops it." in self.output or self.process.poll() is not None, self.log)
        assert self.process.poll() is None, self.output
        return self

    @property
    def output(self):
        return self.log.read_text(encoding="utf-8", errors="replace")

    def refused(self):
        """Run it to its end, which it comes to by itself."""
        return subprocess.run(**self.command(), capture_output=True, text=True, timeout=60, check=False)

    def everything(self):
        return processes.descendants(self.process.pid)

    def end(self, number):
        """Send the signal as a terminal would, to the whole foreground group, and return the exit code."""
        os.killpg(self.process.pid, number)
        return self.process.wait(90)

    def program(self, name):
        """Return the process of a program of supervisord's, or None."""
        marks = {"web": "granian", "worker": "worker", "clock": "beat", "demo": "demo_provider"}
        for pid in processes.descendants(self.process.pid):
            parts = _arguments(pid)
            # The first with the mark is the program; those below it are its own workers.
            if marks[name] in parts:
                return pid
        return None

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=10) as response:
            return response.status

    def answers(self):
        try:
            return self.get("/healthz") == 200
        except OSError:
            return False


def _arguments(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8").split("\0")
    except OSError:
        return []


@pytest.fixture
def panel(folder):
    panel = Panel(folder)
    yield panel
    if hasattr(panel, "process") and panel.process.poll() is None:
        panel.end(signal.SIGKILL)


def printed_curl(panel):
    """Run the curl that was printed, word for word, and return what it answered."""
    line = next(line for line in panel.output.splitlines() if "curl -s" in line)
    ran = subprocess.run(shlex.split(line.partition("| ")[2].strip()), capture_output=True, text=True, check=True)
    return json.loads(ran.stdout)


def test_a_whole_life_of_a_panel(panel, folder):
    panel.start()
    assert printed_curl(panel) == {"balance": "100.00", "currency": "USD"}
    assert panel.get("/readyz") == 200
    assert stat.S_IMODE((panel.home / "first-run.json").stat().st_mode) == 0o600
    marked = re.compile(r"(panel|migrate|supervisor|setup|demo|worker|web|clock) *\| ")
    assert [line for line in panel.output.splitlines() if not marked.match(line)] == []

    # A second `make up` on the same home.
    second = Panel(folder).refused()
    assert second.returncode == 1
    assert second.stderr == (
        f"The panel in {panel.home} is already running at http://127.0.0.1:{panel.port} "
        f"(process {panel.process.pid}). Stop that one first, or use it.\n"
    )

    # Another home on the same port.
    (folder / "other").mkdir()
    third = Panel(folder / "other", panel.port).refused()
    assert third.returncode == 1
    assert f"Port {panel.port} of 127.0.0.1 cannot be had" in third.stderr
    assert printed_curl(panel) == {"balance": "100.00", "currency": "USD"}

    # Another home on another port lives beside it, and ends without it.
    (folder / "beside").mkdir()
    beside = Panel(folder / "beside")
    try:
        beside.start()
        assert printed_curl(beside) == printed_curl(panel)
        assert beside.end(signal.SIGTERM) == 0
    finally:
        if beside.process.poll() is None:
            beside.end(signal.SIGKILL)
    assert panel.answers()

    everything = panel.everything()
    assert len(everything) > 10
    assert panel.end(signal.SIGINT) == 0
    assert [pid for pid in everything if runs(pid)] == []
    assert not panel.answers()
    assert "Traceback" not in panel.output

    # What was there is there again, and the same curl works.
    curl_before = [line for line in panel.output.splitlines() if "curl -s" in line]
    panel.start()
    assert [line for line in panel.output.splitlines() if "curl -s" in line] == curl_before
    assert printed_curl(panel) == {"balance": "100.00", "currency": "USD"}

    # Killed outright, it takes everything with it.
    everything = panel.everything()
    panel.end(signal.SIGKILL)
    wait_until(lambda: not any(runs(pid) for pid in everything), "everything ends with a panel that was killed")


@pytest.mark.parametrize("name", ["web", "worker", "clock", "demo"])
def test_what_dies_is_started_again(running_panel, name):
    before = running_panel.program(name)
    assert before is not None
    below = processes.descendants(before)
    os.kill(before, signal.SIGKILL)
    wait_until(lambda: running_panel.program(name) not in (None, before, *below), f"{name} is started again")
    wait_until(running_panel.answers, "the panel answers")
    wait_until(lambda: not any(runs(pid) for pid in (before, *below)), f"what the killed {name} had made ends too")


@pytest.mark.parametrize("server", ["postgres", "cache", "broker"])
def test_a_server_that_dies_is_started_again(running_panel, server):
    folder = running_panel.home / server
    program = "postgres" if server == "postgres" else "redis-server"
    before = processes.working_in(folder, program)
    assert before
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: set(processes.working_in(folder, program)) - set(before), f"{server} is started again")
    wait_until(lambda: _ready(running_panel), "the panel is ready again")
    assert printed_curl(running_panel) == {"balance": "100.00", "currency": "USD"}


def _ready(panel):
    try:
        return panel.get("/readyz") == 200
    except OSError:
        return False


def test_a_supervisor_that_dies_is_started_again_with_its_programs(running_panel):
    supervisor = next(pid for pid in running_panel.everything() if "supervisor.supervisord" in _arguments(pid))
    below = processes.descendants(supervisor)
    assert below
    os.kill(supervisor, signal.SIGKILL)
    wait_until(lambda: not any(runs(pid) for pid in below), "its programs end")
    wait_until(lambda: _ready(running_panel), "the panel is ready again")
    assert all(running_panel.program(name) for name in ("web", "worker", "clock", "demo"))


@pytest.fixture(scope="module")
def running_panel(tmp_path_factory):
    """Return one panel for the tests that kill parts of it."""
    panel = Panel(tmp_path_factory.mktemp("panel", numbered=True))
    panel.start()
    yield panel
    if panel.process.poll() is None:
        assert panel.end(signal.SIGTERM) == 0
