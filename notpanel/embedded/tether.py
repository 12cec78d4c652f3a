"""Runs a program that ends when its parent does, and, where asked, as a user that is not root.

A script of the standard library alone: `python -I tether.py OPTIONS -- PROGRAM …` takes a moment, becomes the
program, and needs no preexec_fn (which a process with threads must not use).
"""

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)
CLONE_NEWUSER = 0x10000000  # unshare(2)
FORBIDDEN = 77  # the exit status that says "no user namespace here"


def die_with_parent(death_signal: int = signal.SIGTERM, *, parent: int | None = None) -> None:
    """Have the kernel send this process the signal once its parent ends, however that ends.

    With `parent` given, a parent that was gone before the call counts as well.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), death_signal)


def enter_user_namespace(uid: int, gid: int) -> None:
    """Appear as the given user in a namespace of our own; to the rest of the machine nothing has changed.

    :raises OSError: where namespaces are forbidden (some containers, some hardened kernels).
    """
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWUSER)")
    for name, line in (
        ("setgroups", "deny"),  # user_namespaces(7) wants it denied before a gid may be mapped
        ("gid_map", f"{gid} {outer_gid} 1"),
        ("uid_map", f"{uid} {outer_uid} 1"),
    ):
        with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
            file.write(line)


def become(uid: int, gid: int) -> None:
    """Give up root for good."""
    os.setgroups([])
    os.setgid(gid)
    os.setuid(uid)


def _user(text: str) -> tuple[int, int]:
    uid, _, gid = text.partition(":")
    return int(uid), int(gid)


def main() -> None:
    """Parse the options and become the program, whose files are its user's alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--signal", type=int, default=signal.SIGTERM)
    parser.add_argument("--parent", type=int)
    parser.add_argument("--namespace", type=_user, metavar="UID:GID")
    parser.add_argument("--become", type=_user, metavar="UID:GID")
    parser.add_argument("program", nargs="+")
    options = parser.parse_args()
    if options.namespace:
        try:
            enter_user_namespace(*options.namespace)
        except OSError as error:
            sys.stderr.write(f"no user namespace: {error}\n")
            sys.exit(FORBIDDEN)
    if options.become:
        become(*options.become)
    os.umask(0o077)
    # Last, because a change of user takes the setting back (prctl(2)).
    die_with_parent(options.signal, parent=options.parent)
    os.execvp(options.program[0], options.program)  # noqa: S606 (the point of this file)


if __name__ == "__main__":
    main()
