"""Server processes: started so that they end with us, found again when they did not, stopped."""

import contextlib
import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

from notpanel.embedded import tether
from notpanel.embedded.tether import die_with_parent as die_with_parent  # what the web's workers call

LOG_BYTES = 5_000_000
POLL = 0.02
PR_SET_CHILD_SUBREAPER = 36  # prctl(2)


class ServiceError(Exception):
    """A server could not be started; the message says why and where its log is."""


def tethered(program: Sequence[str], *options: str) -> list[str]:
    """Return the command that runs the program so that it ends when its parent does."""
    return [sys.executable, "-I", tether.__file__, *options, "--", *program]


def spawn(
    program: Sequence[str],
    *,
    folder: Path,
    log: Path,
    death_signal: int = signal.SIGTERM,
    options: Iterable[str] = (),
) -> "subprocess.Popen[bytes]":
    """Start a server in a session of its own, out of reach of the terminal's Ctrl-C."""
    bound_log(log)
    command = tethered(program, f"--signal={int(death_signal)}", f"--parent={os.getpid()}", *options)
    with open(log, "ab", opener=_private) as output:
        return subprocess.Popen(  # noqa: S603 (our own command)
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def bound_log(log: Path) -> None:
    """Keep a log under LOG_BYTES: what is over is set aside as one older file, and the log begins again."""
    with contextlib.suppress(FileNotFoundError):
        if log.stat().st_size > LOG_BYTES:
            older = log.with_suffix(".log.1")
            shutil.copyfile(log, older)
            older.chmod(0o600)
            os.truncate(log, 0)  # not renamed: the server holds it open, for appending


def tail(log: Path, lines: int = 5) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:])


def stop(process: "subprocess.Popen[bytes]", *signals: tuple[int, float]) -> None:
    """Send each signal in turn and wait its seconds, until the process has ended; then kill it."""
    for number, seconds in signals:
        if process.poll() is not None:
            return
        process.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
    if process.poll() is None:
        process.kill()
        process.wait()


def working_in(folder: Path, program: str) -> list[int]:
    """Return the processes of that program whose working directory is the folder.

    This, not a pid file, is how a server left over from a killed parent is recognised: a number in a file may
    have become another process's since.
    """
    return [pid for pid in _pids() if _link(pid, "cwd") == str(folder) and _program(pid) == program]


def end_leftovers(folder: Path, program: str, *signals: tuple[int, float]) -> bool:
    """Stop the servers left over in the folder, as `stop` does; say whether there were any."""
    left = working_in(folder, program)
    for number, seconds in (*signals, (signal.SIGKILL, 10.0)):
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while working_in(folder, program) and time.monotonic() < deadline:
            time.sleep(POLL)
        if not working_in(folder, program):
            break
    return bool(left)


def adopt_orphans() -> None:
    """Make this process the parent of every grandchild whose parent dies, so that none gets out of sight."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def reap(orphans: Iterable[int]) -> None:
    """Take note of the end of adopted processes, so that they do not stay as zombies."""
    for pid in orphans:
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def end_orphans(orphans: Callable[[], list[int]], seconds: float) -> None:
    """Wait for adopted processes to end by themselves, then kill those that have not."""
    deadline = time.monotonic() + seconds
    while left := orphans():
        if time.monotonic() > deadline:
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
        reap(left)
        time.sleep(POLL)


def children(parent: int) -> list[int]:
    """Return the children of a process, those that have ended and wait to be reaped among them."""
    return [pid for pid in _pids() if _stat(pid)[1:2] == [str(parent)]]


def descendants(parent: int) -> list[int]:
    """Return the children of a process, their children, and so on."""
    below = children(parent)
    return below + [pid for child in below for pid in descendants(child)]


def _pids() -> Iterator[int]:
    return (int(name) for name in os.listdir("/proc") if name.isdigit())


def _link(pid: int, name: str) -> str:
    try:
        return os.readlink(f"/proc/{pid}/{name}")
    except OSError:  # gone meanwhile, or another user's
        return ""


def _program(pid: int) -> str:
    return os.path.basename(_link(pid, "exe").removesuffix(" (deleted)"))


def _stat(pid: int) -> list[str]:
    """Return what /proc/PID/stat says from the state on; the name before it may hold spaces and brackets."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return []
