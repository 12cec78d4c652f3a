"""TCP ports: each taken by one panel only."""

import socket

from django.core.management.base import CommandError


def take(host: str, port: int, setting: str) -> socket.socket:
    """Return a socket that keeps the port ours; granian, which shares ports, can still listen on it.

    Two granian servers on one port both start and share the calls, so it is asked for exclusively first.

    :raises CommandError: when another program has the port.
    """
    taken = _bound(host, port, setting)
    # From here on only who asks for sharing, as granian does and as the same user, gets in beside us.
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return taken


def check(host: str, port: int, setting: str) -> None:
    """See that a port is free.

    :raises CommandError: when it is not.
    """
    _bound(host, port, setting).close()


def _bound(host: str, port: int, setting: str) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CommandError(f"{host} is not an address to listen on: {error.strerror}. Set WEB_HOST.") from error
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port a moment ago in use is free
    try:
        found.bind(address)
    except OSError as error:
        found.close()
        raise CommandError(
            f"Port {port} of {host} cannot be had: {error.strerror}. Stop what uses it, or choose another "
            f"with {setting}, for example: make up {setting}={port + 1000}"
        ) from error
    return found
