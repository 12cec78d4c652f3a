"""Starting where something went wrong before: killed parents, stale files, an interrupted first start."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from notpanel.embedded import Services, processes
from tests.embedded.conftest import SECRETS, connect, runs, wait_until

# A parent of its own that starts the services and then waits to be killed.
PARENT = """
import sys, time
from pathlib import Path
from notpanel.embedded import Services
from notpanel.home import Home
from notpanel.secret_keys import Secrets
services = Services(Home(Path(sys.argv[1])), Secrets("d", ["e"], sys.argv[2], sys.argv[3]), say=print, durable=True)
services.start()
print(*services.pids().values(), flush=True)
time.sleep(600)
"""


def test_a_killed_parent_leaves_no_server_running_and_no_data_lost(home, services):
    arguments = (str(home.path), SECRETS.database, SECRETS.superuser)
    with subprocess.Popen([sys.executable, "-c", PARENT, *arguments], stdout=subprocess.PIPE, text=True) as parent:
        pids = [int(word) for word in _last_line(parent.stdout).split()]
        assert len(pids) == 3
        assert all(runs(pid) for pid in pids)
        with connect(home) as session:
            session.execute("CREATE TABLE kept AS SELECT 1")
        parent.kill()
    wait_until(lambda: not any(runs(pid) for pid in pids), "the servers of a killed parent end")
    services.start()
    with connect(home) as session:
        assert session.execute("SELECT count(*) FROM kept").fetchone() == (1,)


def _last_line(stream):
    return next(line for line in stream if line[0].isdigit())


def test_servers_left_over_are_stopped_and_started_anew(home, services, said):
    services.start()
    left = services.pids()
    again = Services(home, SECRETS, say=said.append, durable=False)
    try:
        again.start()
        assert len(left) == 3
        assert not any(runs(pid) for pid in left.values() if pid)
        assert all(again.pids().values())
        with connect(home) as session:
            assert session.execute("SELECT 1").fetchone() == (1,)
    finally:
        again.stop()
    assert said[1:] == [
        "A PostgreSQL left over from a panel that was killed has been stopped",
        "A Redis (cache) left over from a panel that was killed has been stopped",
        "A Redis (broker) left over from a panel that was killed has been stopped",
    ]


def test_a_stale_pid_file_whose_number_is_another_process_now_does_not_count(home, services):
    services.start()
    services.stop()
    # Our own number: a process that lives, and is no PostgreSQL.
    lines = [os.getpid(), home.postgres, 1, 5432, home.run, "", "   0 0", "ready"]
    for stale in (home.postgres / "postmaster.pid", home.run / ".s.PGSQL.5432.lock"):
        stale.write_text("\n".join(map(str, lines)) + "\n", encoding="utf-8")
    services.start()
    with connect(home) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_sockets_left_by_servers_that_were_killed_are_in_nobodys_way(home, services):
    services.start()
    for pid in services.pids().values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(services.pids().values()), "the killed servers end")
    assert home.cache_socket.is_socket()
    services.start()
    with connect(home) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_first_start_is_begun_again(home, services):
    unfinished = home.path / "postgres.unfinished" / "data"
    unfinished.mkdir(parents=True)
    (unfinished / "PG_VERSION").write_text("18\n", encoding="utf-8")
    services.start()
    assert not unfinished.parent.exists()
    with connect(home) as session:
        assert session.execute("SELECT 1").fetchone() == (1,)


def test_another_program_in_the_same_folder_is_left_alone(home):
    with subprocess.Popen(["sleep", "600"], cwd=home.cache) as shell:
        try:
            assert processes.working_in(home.cache, "sleep") == [shell.pid]
            assert processes.end_leftovers(home.cache, "redis-server", (signal.SIGTERM, 1.0)) is False
            assert runs(shell.pid)
        finally:
            shell.kill()


def test_logs_tell_a_stop_from_a_crash(home, services):
    services.start()
    services.stop()
    assert "database system is shut down" in (home.logs / "postgres.log").read_text(encoding="utf-8")


@pytest.mark.parametrize("death", [signal.SIGTERM, signal.SIGKILL])
@pytest.mark.parametrize("become_it_first", [True, False])
def test_a_tethered_program_ends_with_its_parent(death, become_it_first):
    script = (
        "import os, subprocess, time; from notpanel.embedded.processes import tethered;"
        "child = subprocess.Popen(tethered(['sleep', '600'], f'--parent={os.getpid()}'));"
        "print(child.pid, flush=True); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        child = int(parent.stdout.readline())
        if become_it_first:
            wait_until(lambda: Path(f"/proc/{child}/exe").resolve().name == "sleep", "the program has become sleep")
        parent.send_signal(death)
    wait_until(lambda: not runs(child), "the program ends with its parent")
