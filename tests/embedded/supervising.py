"""supervisord's programs and their marked lines of log, without a panel in them."""

import os
import signal
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management.base import CommandError

from notpanel import log_lines, ports
from notpanel.embedded import processes
from notpanel.home import Home
from notpanel.log_lines import LogLines
from notpanel.supervision import Program, Supervisor
from tests.embedded.conftest import runs, wait_until

TALKS = "import sys, time; print('hello', flush=True); print('oops', file=sys.stderr, flush=True); time.sleep(600)"
# It says "finished" only when it may end in its own time.
FINISHES = (
    "import signal, sys, time\n"
    "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(0.3), print('finished', flush=True), sys.exit()))\n"
    "print('begun', flush=True)\n"
    "time.sleep(600)\n"
)


class Output:
    """What has been written so far, however often it is asked for.

    In a file of its own: pytest's capture empties its file after reading it, and loses what is written in between.
    """

    def __init__(self, path):
        self._path = path

    def __contains__(self, text):
        return text in self._path.read_text()

    def lines(self):
        return self._path.read_text().splitlines()


@pytest.fixture
def seen(tmp_path, monkeypatch):
    path = tmp_path / "output"
    with path.open("w") as output:
        monkeypatch.setattr(log_lines, "sys", SimpleNamespace(stdout=output))  # pytest sets sys.stdout for each phase
        yield Output(path)


@pytest.fixture
def lines(home, seen):
    lines = LogLines(home.run, ("supervisor", "one", "two"), reader_gone=lambda: None)
    lines.start()
    yield lines
    lines.stop()


@pytest.fixture
def supervisor(home, lines):
    programs = (
        Program("one", (sys.executable, "-c", TALKS), 5),
        Program("two", (sys.executable, "-c", FINISHES), 5),
    )
    supervisor = Supervisor(programs, folder=home.run, directory=home.path, output=lines.pipe, environment=os.environ)
    yield supervisor
    supervisor.stop()


def test_each_line_is_marked_with_its_source(supervisor, seen):
    supervisor.start()
    wait_until(lambda: "one        | oops" in seen and "two        | begun" in seen, "both programs speak")
    assert "one        | hello" in seen.lines()
    assert {line[:13].rstrip() for line in seen.lines()} == {"one        |", "two        |", "supervisor |"}


def test_a_program_that_dies_is_started_again(supervisor, seen):
    supervisor.start()
    wait_until(lambda: "two        | begun" in seen, "the program begins")
    first = processes.descendants(supervisor.pid)
    for pid in first:
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: seen.lines().count("two        | begun") == 2, "the program begins again")
    assert set(processes.descendants(supervisor.pid)).isdisjoint(first)


def test_a_program_may_finish_before_it_stops_and_the_last_stops_first(supervisor, seen):
    supervisor.start()
    wait_until(lambda: "two        | begun" in seen and "one        | hello" in seen, "the programs begin")
    below = processes.descendants(supervisor.pid)
    supervisor.stop()
    wait_until(lambda: "two        | finished" in seen, "the line comes through")
    assert not any(runs(pid) for pid in below)
    stopped = [line.split("stopped: ")[1].split()[0] for line in seen.lines() if "stopped: " in line]
    assert stopped == ["two", "one"]


def test_hastening_kills_what_takes_its_time(home, lines, seen):
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"
    )
    program = Program("one", (sys.executable, "-c", stubborn), 600)
    supervisor = Supervisor((program,), folder=home.run, directory=home.path, output=lines.pipe, environment=os.environ)
    supervisor.start()
    wait_until(lambda: "one        | deaf" in seen, "the program begins")
    assert supervisor.pid
    os.kill(supervisor.pid, signal.SIGTERM)
    wait_until(lambda: "waiting for one to die" in seen, "supervisord waits for it")
    supervisor.hasten()
    supervisor.stop()
    assert supervisor.pid is None


def test_a_killed_supervisor_takes_its_programs_with_it(supervisor, seen):
    supervisor.start()
    wait_until(lambda: "two        | begun" in seen and "one        | hello" in seen, "the programs begin")
    below = processes.descendants(supervisor.pid)
    assert len(below) == 2
    os.kill(supervisor.pid, signal.SIGKILL)
    wait_until(lambda: not any(runs(pid) for pid in below), "the programs end")


@pytest.mark.parametrize("text", ["100 %", "%(here)s", "it's", "a #b", "a ;b", "two\nlines", "ünser"])
def test_every_argument_reaches_the_program_as_it_is(folder, text, seen):
    home = Home(folder / f"home {text}")
    home.prepare()
    lines = LogLines(home.run, ("supervisor", "one"), reader_gone=lambda: None)
    lines.start()
    script = "import sys, time; print(ascii(sys.argv[1]), flush=True); time.sleep(600)"
    supervisor = Supervisor(
        (Program("one", (sys.executable, "-c", script, text), 5),),
        folder=home.run,
        directory=home.path,
        output=lines.pipe,
        environment=os.environ,
    )
    supervisor.start()
    try:
        wait_until(lambda: f"one        | {text!a}" in seen, "the program says what it was given")
    finally:
        supervisor.stop()
        lines.stop()


def test_half_a_line_waits_for_its_other_half_and_a_last_one_is_not_lost(lines, seen):
    with open(lines.pipe("one"), "wb", buffering=0) as one, open(lines.pipe("two"), "wb", buffering=0) as two:
        one.write(b"first ha")
        two.write(b"whole\n")
        wait_until(lambda: "two        | whole" in seen, "the whole line comes through")
        one.write(b"lf\nno end")
    lines.stop()
    assert seen.lines() == ["two        | whole", "one        | first half", "one        | no end"]


def test_a_key_that_a_program_writes_past_its_log_is_cut_down_and_what_we_say_ourselves_is_not(lines, seen):
    with open(lines.pipe("one"), "wb", buffering=0) as one:
        one.write(b"GET /api/v2?key=np_live_abcdefghij&action=balance\nwhsec_c2VjcmV0")
        wait_until(lambda: "one        | GET /api/v2?key=np_live_…&action=balance\n" in seen, "the line comes through")
    lines.say("your key: np_live_abcdefghij")
    lines.stop()
    assert seen.lines()[1:] == ["panel      | your key: np_live_abcdefghij", "one        | whsec_…"]


def test_a_reader_that_has_gone_is_noticed_once(home):
    script = (
        "import sys; from pathlib import Path; from notpanel.log_lines import LogLines\n"
        "lines = LogLines(Path(sys.argv[1]), (), reader_gone=lambda: print('gone', file=sys.stderr))\n"
        "lines.start(); sys.stdin.read()\n"
        "lines.say('one'); lines.say('two'); lines.stop()\n"
    )
    command = [sys.executable, "-c", script, str(home.run)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == "gone\n"
    assert process.returncode == 0


def test_a_port_in_use_is_refused_with_a_way_out():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CommandError) as refused:
            ports.check("127.0.0.1", port, "PORT")
        assert str(refused.value) == (
            f"Port {port} of 127.0.0.1 cannot be had: Address already in use. Stop what uses it, or choose another "
            f"with PORT, for example: make up PORT={port + 1000}"
        )


def test_a_port_shared_by_another_server_is_refused_too():
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(CommandError, match="cannot be had"):
            ports.take("127.0.0.1", other.getsockname()[1], "PORT")


def test_a_port_we_hold_is_open_to_our_server_and_closed_to_a_second_panel():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with ports.take("127.0.0.1", port, "PORT"), socket.socket() as server:
        with pytest.raises(CommandError, match="cannot be had"):
            ports.take("127.0.0.1", port, "PORT")
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        server.bind(("127.0.0.1", port))
        server.listen()
        with socket.create_connection(("127.0.0.1", port)) as client:
            assert client.getpeername()[1] == port


def test_an_address_that_is_none_is_refused():
    with pytest.raises(CommandError, match="is not an address to listen on"):
        ports.check("no.such.host.invalid", 8000, "PORT")
