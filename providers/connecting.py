"""Opening one connection to a provider: whatever goes wrong in this file, nothing has been sent yet."""

import functools
import queue
import socket
import ssl
import threading
import time
from typing import Any

Address = tuple[Any, ...]


class NotConnected(Exception):
    """No connection came about, so the provider has seen nothing of the request."""


class Deadline:
    """A moment by which something must be over; monotonic, because the wall clock may jump meanwhile."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self) -> float:
        """Return the seconds that are left.

        :raises TimeoutError: where none are.
        """
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimeoutError("timed out")
        return left


def connect(host: str, port: int, *, tls: bool, seconds: float) -> socket.socket:
    """Return an open connection, made (name, TCP and TLS together) within so many seconds.

    :raises NotConnected: where the name, the port or the certificate is not to be had in time.
    """
    deadline = Deadline(seconds)
    try:
        sock = _first_open(_addresses(host, port, deadline), deadline)
        return _encrypted(sock, host, deadline) if tls else sock
    except TimeoutError:
        raise NotConnected(f"no connection to {host} within {seconds:g} s") from None
    except ssl.SSLCertVerificationError as error:
        raise NotConnected(f"the certificate of {host} is not valid: {error.verify_message}") from None
    except socket.gaierror:
        raise NotConnected(f"the name {host} cannot be found") from None
    except ConnectionRefusedError:
        raise NotConnected(f"{host} refuses connections on port {port}") from None
    except (OSError, ValueError) as error:  # ValueError: a name that no resolver can be asked for
        raise NotConnected(f"no connection to {host}: {error}") from None


@functools.cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS configuration; made once, for reading the authorities takes many milliseconds."""
    return ssl.create_default_context()


def _addresses(host: str, port: int, deadline: Deadline) -> list[Address]:
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    except socket.gaierror:
        return _looked_up(host, port, deadline)


def _looked_up(host: str, port: int, deadline: Deadline) -> list[Address]:
    """Ask the resolver in a thread that may be abandoned: it knows no time-out."""
    found: queue.SimpleQueue[list[Address] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            found.put(list(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
        except (OSError, ValueError) as error:
            found.put(error)

    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    try:
        result = found.get(timeout=deadline.left())
    except queue.Empty:
        raise TimeoutError from None
    if isinstance(result, Exception):
        raise result
    return result


def _first_open(addresses: list[Address], deadline: Deadline) -> socket.socket:
    failure: OSError = OSError("it has no address")
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        sock = socket.socket(family, kind, protocol)
        try:
            # An address that swallows packets may not use up the time of those after it.
            sock.settimeout(deadline.left() / (len(addresses) - number))
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            sock.close()
            failure = error
        else:
            return sock
    raise failure


def _encrypted(sock: socket.socket, host: str, deadline: Deadline) -> ssl.SSLSocket:
    try:
        sock.settimeout(deadline.left())
        return tls_context().wrap_socket(sock, server_hostname=host)
    except BaseException:
        sock.close()
        raise
