"""PANEL_HOME: the one folder everything the panel keeps on disk lives in."""

import contextlib
import fcntl
import hashlib
import json
import os
import pwd
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

SOCKET_PATH_BYTES = 107  # sockaddr_un has room for 108, one of them the closing NUL (unix(7))
POSTGRES_SOCKET = ".s.PGSQL.5432"  # the name PostgreSQL gives it; 5432 is a part of a name here, not a TCP port


class HomeError(Exception):
    """The folder cannot be used as it is; the message says which folder, why and what to do."""


class AlreadyRunning(HomeError):
    """Another `make up` holds the home."""


class Home:
    """The layout of PANEL_HOME; making one touches no disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.postgres = path / "postgres"
        self.cache = path / "cache"
        self.broker = path / "broker"
        self.logs = path / "logs"
        self.secrets_file = path / "secrets.json"
        self.first_run_file = path / "first-run.json"
        self.lock_file = path / "lock"
        inside = path / "run"
        self.sockets_inside = _fits(inside)
        self.run = inside if self.sockets_inside else _short_folder(path)
        self.cache_socket = self.run / "cache.sock"
        self.broker_socket = self.run / "broker.sock"

    def database_url(self, password: str) -> str:
        """Return the URL of the embedded database; the folder stands in its path, which keeps upper case."""
        return f"postgres://notpanel:{quote(password, safe='')}@/{quote(str(self.run))}/notpanel"

    @property
    def cache_url(self) -> str:
        """Return the URL of the embedded Redis that is the cache."""
        return f"unix://{quote(str(self.cache_socket))}?db=0"

    @property
    def broker_url(self) -> str:
        """Return the URL of the embedded Redis that is Celery's broker, as Celery writes it."""
        return f"redis+socket://{quote(str(self.broker_socket))}?virtual_host=0"

    def prepare(self) -> None:
        """Make the home with its folders, 0700 each.

        :raises HomeError: where it belongs to somebody else, or cannot be written.
        """
        _own_folder(self.path)
        if os.getuid() == 0 and self.sockets_inside and self.run.exists():
            os.chown(self.run, 0, 0)  # PostgreSQL's while it had to run as nobody (embedded/postgres.py)
        for folder in (self.cache, self.broker, self.logs, self.run):
            _own_folder(folder)

    def remove_short_folder(self) -> None:
        """Remove the sockets' folder where it lies outside the home: nothing of ours stays behind."""
        if not self.sockets_inside:
            shutil.rmtree(self.run, ignore_errors=True)

    @contextlib.contextmanager
    def locked(self, address: str) -> Iterator[None]:
        """Hold the home for this process; who holds it is written into PANEL_HOME/lock.

        :raises AlreadyRunning: naming the holder's address and process.
        """
        # Opened without truncating: what the holder wrote must survive our asking.
        descriptor = os.open(self.lock_file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "r+", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise AlreadyRunning(_held_by(self.path, file.read())) from None
            file.truncate(0)
            file.write(json.dumps({"pid": os.getpid(), "address": address}))
            file.flush()
            try:
                yield
            finally:
                file.seek(0)
                file.truncate(0)


def _fits(folder: Path) -> bool:
    return len(os.fsencode(folder / POSTGRES_SOCKET)) <= SOCKET_PATH_BYTES


def _short_folder(home: Path) -> Path:
    digest = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"notpanel-{os.getuid()}-{digest}"


def _own_folder(folder: Path) -> None:
    """Make the folder, or see that the one there is ours alone to write."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise unusable(folder, error) from error
    if not stat.S_ISDIR(found.st_mode) and not folder.is_dir():
        raise HomeError(f"{folder} is not a folder. Remove it, or set PANEL_HOME to another folder.")
    if found.st_uid != os.getuid():
        raise HomeError(
            f"{folder} belongs to {user_name(found.st_uid)}, and you are {user_name(os.getuid())}. "
            f"Run as {user_name(found.st_uid)}, or set PANEL_HOME to a folder of your own."
        )
    if found.st_mode & 0o022:
        raise HomeError(f"{folder} can be written by other users. Close it with: chmod go-w '{folder}'")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise HomeError(f"{folder} cannot be written. Open it for yourself with: chmod u+rwx '{folder}'")


def unusable(path: Path, error: OSError) -> HomeError:
    """Return the error that says who may use the path, and what to do about it."""
    nearest = next((found for found in (path, *path.parents) if _exists(found)), Path("/"))
    return HomeError(
        f"{path} cannot be used: {error.strerror}. You are {user_name(os.getuid())}, and {nearest} belongs to "
        f"{user_name(nearest.stat().st_uid)}. Run as that user, or set PANEL_HOME to a folder of your own."
    )


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except PermissionError:
        return False


def _held_by(home: Path, content: str) -> str:
    try:
        holder = json.loads(content)
        where, pid = holder["address"], holder["pid"]
    except (ValueError, KeyError, TypeError):
        return f"The panel in {home} is just being started or stopped. Try again in a moment."
    return f"The panel in {home} is already running at {where} (process {pid}). Stop that one first, or use it."


def user_name(uid: int) -> str:
    """Return the name of a user for a message, with the number where he has no name."""
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"
