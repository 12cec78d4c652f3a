"""As whom PostgreSQL runs: it refuses root, and its initdb refuses a user without a name."""

import os
import pwd
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from notpanel.embedded.processes import ServiceError, tethered

NOBODY = "nobody"


@dataclass(frozen=True)
class Identity:
    """The options the server's start takes, and the owner its files must have."""

    options: tuple[str, ...]
    owner: int
    group: int


def as_ourselves() -> Identity:
    """Return the ordinary case: the user who starts it."""
    return Identity((), os.getuid(), os.getgid())


def in_namespace() -> Identity:
    """Return a user namespace in which we look like `nobody`: files stay ours, no mode is changed."""
    entry = pwd.getpwnam(NOBODY)
    return Identity((f"--namespace={entry.pw_uid}:{entry.pw_gid}",), os.getuid(), os.getgid())


def as_nobody() -> Identity:
    """Return the real user `nobody`, which only root can become."""
    entry = pwd.getpwnam(NOBODY)
    return Identity((f"--become={entry.pw_uid}:{entry.pw_gid}",), entry.pw_uid, entry.pw_gid)


def choose() -> Identity:
    """Return the identity for this user on this machine.

    :raises ServiceError: for a user without a name where namespaces are forbidden.
    """
    if os.getuid() != 0 and _has_name(os.getuid()):
        return as_ourselves()
    if namespaces_allowed():
        return in_namespace()
    if os.getuid() == 0:
        return as_nobody()
    raise ServiceError(
        f"PostgreSQL cannot run as uid {os.getuid()}: this user has no entry in /etc/passwd, and user "
        "namespaces are forbidden here. Run as a user with an entry, or set DATABASE_URL and REDIS_URL to "
        "servers of your own."
    )


def namespaces_allowed() -> bool:
    """Say whether this process may make a user namespace, by making one."""
    if not _has_name_nobody():
        return False
    command = tethered(["true"], *in_namespace().options)
    return subprocess.run(command, check=False, capture_output=True).returncode == 0  # noqa: S603 (our own)


def give(folder: Path, identity: Identity) -> None:
    """Make the folder and all in it the identity's, where they are not already."""
    if folder.lstat().st_uid == identity.owner:
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            os.chown(os.path.join(parent, name), identity.owner, identity.group, follow_symlinks=False)
    os.chown(folder, identity.owner, identity.group)  # last: an interrupted change is begun again


def check_reachable(path: Path, identity: Identity) -> None:
    """See that a user other than us can come to the path.

    :raises ServiceError: naming the folders that lack the permission.
    """
    if identity.owner == os.getuid():
        return
    closed = [
        str(folder)
        for folder in path.resolve().parents
        if not folder.stat().st_mode & stat.S_IXOTH and folder.stat().st_uid != identity.owner
    ]
    if closed:
        raise ServiceError(
            "User namespaces are forbidden here, so PostgreSQL must run as nobody, which cannot enter "
            f"{', '.join(reversed(closed))}. Allow it with: chmod o+x {' '.join(reversed(closed))} - or "
            "start the panel as an ordinary user, or set DATABASE_URL and REDIS_URL to servers of your own."
        )


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _has_name_nobody() -> bool:
    try:
        pwd.getpwnam(NOBODY)
    except KeyError:
        return False
    return True
