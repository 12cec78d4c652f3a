"""Starting the panel's own PostgreSQL and Redis, and stopping them."""

import os
import signal
import subprocess
import sys

import psycopg
import pytest
import redis
from environ import Env
from kombu import Connection

from notpanel.embedded import Services, processes
from notpanel.embedded.identity import as_nobody, check_reachable
from notpanel.embedded.processes import ServiceError
from notpanel.home import Home
from tests.embedded.conftest import SECRETS, connect, runs, wait_until


def test_a_restart_keeps_the_database_and_the_broker_and_empties_the_cache(home, services):
    services.start()
    with connect(home) as session:
        session.execute("CREATE TABLE kept AS SELECT 47.32 AS balance")
    with redis.Redis(unix_socket_path=str(home.broker_socket)) as client:
        client.rpush("celery", "task")
    with redis.Redis(unix_socket_path=str(home.cache_socket)) as client:
        client.set("balance", "47.32")
    services.stop()
    services.start()
    with connect(home) as session:
        assert session.execute("SELECT balance::text FROM kept").fetchone() == ("47.32",)
    with redis.Redis(unix_socket_path=str(home.broker_socket)) as client:
        assert client.lrange("celery", 0, -1) == [b"task"]
    with redis.Redis(unix_socket_path=str(home.cache_socket)) as client:
        assert client.get("balance") is None


def test_the_role_owns_its_database_and_is_no_superuser(home, services):
    services.start()
    with connect(home) as session:
        asked = "SELECT rolsuper, rolcreatedb, rolcanlogin FROM pg_roles WHERE rolname = current_user"
        assert session.execute(asked).fetchone() == (False, True, True)
        owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'notpanel'"
        assert session.execute(owner).fetchone() == ("notpanel",)


@pytest.mark.parametrize("user", ["notpanel", "postgres"])
def test_a_wrong_password_opens_nothing(home, services, user):
    services.start()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(home, user=user, password="wrong")


def test_nothing_listens_on_the_network(home, services):
    services.start()
    for pid in services.pids().values():
        assert not _tcp_listeners(pid)


def _tcp_listeners(pid):
    sockets = {os.readlink(entry.path) for entry in os.scandir(f"/proc/{pid}/fd") if os.path.islink(entry.path)}
    listening = set()
    for table in ("tcp", "tcp6"):
        with open(f"/proc/{pid}/net/{table}", encoding="ascii") as file:
            rows = [line.split() for line in file.readlines()[1:]]
        listening |= {f"socket:[{row[9]}]" for row in rows if row[3] == "0A"}
    return sockets & listening


def test_all_of_it_is_readable_by_its_owner_only(home, services):
    services.start()
    for parent, folders, files in os.walk(home.path):
        for name in (*folders, *files):
            assert os.lstat(os.path.join(parent, name)).st_mode & 0o077 == 0, os.path.join(parent, name)


def test_the_urls_open_the_servers_whatever_the_folder_is_called(folder, said):
    home = Home(folder / "Ünser Panel+100%#1?")
    home.prepare()
    services = Services(home, SECRETS, say=said.append, durable=False)
    try:
        services.start()
        database = Env.db_url_config(home.database_url(SECRETS.database))
        with psycopg.connect(
            host=database["HOST"], user=database["USER"], password=database["PASSWORD"], dbname=database["NAME"]
        ) as session:
            assert session.execute("SELECT current_user::text").fetchone() == ("notpanel",)
        with redis.Redis.from_url(home.cache_url) as client:
            assert client.config_get("appendonly") == {"appendonly": "no"}
        with Connection(home.broker_url) as broker, broker.SimpleQueue("asked") as queue:
            queue.put("a task")
        with redis.Redis(unix_socket_path=str(home.broker_socket)) as client:
            assert client.llen("asked") == 1
            assert client.config_get("appendonly") == {"appendonly": "yes"}
    finally:
        services.stop()


def test_the_cache_forgets_before_it_refuses_and_the_broker_refuses_before_it_forgets(home, services):
    services.start()
    for socket, policy in ((home.cache_socket, "volatile-ttl"), (home.broker_socket, "noeviction")):
        with redis.Redis(unix_socket_path=str(socket)) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": policy}


def test_stopping_leaves_no_process(home, services):
    services.start()
    pids = list(services.pids().values())
    assert all(runs(pid) for pid in pids)
    services.stop()
    assert not any(runs(pid) for pid in pids)
    assert processes.working_in(home.postgres, "postgres") == []


def test_a_server_that_died_is_started_again(home, services, said):
    services.start()
    with connect(home) as session:
        session.execute("CREATE TABLE committed AS SELECT 1")
    before = services.pids()
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not any(services.pids().values()), "the killed servers end")
    services.start_again_what_died()
    assert set(services.pids().values()).isdisjoint(before.values())
    with connect(home) as session:
        assert session.execute("SELECT count(*) FROM committed").fetchone() == (1,)
    assert "PostgreSQL has ended; starting it again" in said


def test_a_log_stays_within_bounds(home):
    log = home.logs / "postgres.log"
    log.write_bytes(b"x" * (processes.LOG_BYTES + 1))
    processes.bound_log(log)
    assert log.stat().st_size == 0
    assert (home.logs / "postgres.log.1").stat().st_size == processes.LOG_BYTES + 1


def test_a_server_that_cannot_start_says_why(home, services):
    services.start()
    services.stop()
    (home.postgres / "postgresql.conf").write_text("shared_buffers = nonsense\n", encoding="utf-8")
    with pytest.raises(ServiceError, match=r"PostgreSQL did not start. Its log, .*postgres.log, ends:") as refused:
        services.start()
    assert "shared_buffers" in str(refused.value)
    assert not any(services.pids().values())


def test_secrets_from_another_home_are_named_as_the_fault(home, services, said):
    services.start()
    services.stop()
    other = Services(home, SECRETS.__class__("d", ["e"], "x", "wrong"), say=said.append, durable=False)
    with pytest.raises(ServiceError, match="does not belong to the database"):
        other.start()
    assert not any(other.pids().values())


def test_the_folders_nobody_cannot_enter_are_named(folder):
    closed = folder / "closed"
    (closed / "home").mkdir(parents=True)
    closed.chmod(0o700)
    if os.getuid() != 0:
        pytest.skip("only root falls back to running as nobody")
    with pytest.raises(ServiceError, match=r"chmod o\+x") as refused:
        check_reachable(closed / "home" / "postgres", as_nobody())
    assert str(closed) in str(refused.value)


ORDINARY = """
import sys
from pathlib import Path
from notpanel.embedded import Services
from notpanel.home import Home
from notpanel.secret_keys import Secrets
home = Home(Path(sys.argv[1]) / "home")
home.prepare()
services = Services(home, Secrets("d", ["e"], "p", "q"), say=print, durable=False)
services.start()
print(sorted(services.pids()))
services.stop()
"""


@pytest.mark.parametrize("uid", [1, 54321], ids=["with a name", "without a name"])
def test_an_ordinary_user_can_start_them(folder, uid):
    if os.getuid() != 0:
        pytest.skip("every other test has just shown it")
    asked = {"user": uid, "group": uid, "extra_groups": [], "cwd": os.getcwd(), "text": True, "capture_output": True}
    try:
        probe = subprocess.run([sys.executable, "-c", "import notpanel.embedded"], check=False, **asked)
    except PermissionError:
        pytest.skip(f"{sys.executable} is in a folder closed to other users")
    if probe.returncode != 0:
        pytest.skip(f"this checkout is closed to other users: {probe.stderr}")
    os.chown(folder, uid, uid)
    ran = subprocess.run([sys.executable, "-c", ORDINARY, str(folder)], check=False, **asked)
    assert ran.returncode == 0, ran.stderr
    assert "['PostgreSQL', 'Redis (broker)', 'Redis (cache)']" in ran.stdout
    assert (folder / "home" / "postgres").stat().st_uid == uid
