"""What went wrong with an attempt, in words for the reseller, and whose affair it is."""

import errno
import os
import socket
import ssl
from dataclasses import replace

import aiohttp

from webhooks.outcomes import NotAnswered, OurFault
from webhooks.resolving import NotAllowed

LONGEST = 200

# What a connection fails for at our own end: no network, a firewall of ours, no descriptors, ports or memory.
OURS = {
    errno.ENETUNREACH,
    errno.ENETDOWN,
    errno.EAFNOSUPPORT,
    errno.EACCES,
    errno.EPERM,
    errno.EMFILE,
    errno.ENFILE,
    errno.EADDRNOTAVAIL,
    errno.ENOMEM,
    errno.ENOBUFS,
}
# … or for the kind of address it has: a panel without IPv6 reaches nobody who has nothing else.
OURS_OR_ITS_OWN = {errno.ENETUNREACH, errno.EAFNOSUPPORT}
WORDS = {
    errno.ECONNREFUSED: "connection refused",
    errno.ECONNRESET: "connection reset",
    errno.EPIPE: "connection reset",
    errno.EHOSTUNREACH: "no route to the host",
    errno.ETIMEDOUT: "the connection timed out",
}
# By these a proxy says that it, too, could not reach the address: RFC 9110, 15.6.3 to 15.6.5.
NOT_REACHED_BY_THE_PROXY = {502, 503, 504}

Fault = NotAnswered | OurFault


def of(error: Exception, proxy: tuple[str | None, int | None] | None = None) -> Fault:
    """Return what an attempt came to that this error ended.

    SERVFAIL for one broken domain looks like a resolver that does not answer: it is taken for a fault of ours, and
    whoever sees that others were reached meanwhile knows better.

    :param proxy: host and port of the egress proxy: what fails on the way there is a fault of ours.
    """
    fault = _to_the_proxy(error, proxy) or _of(_cause(error))
    return replace(fault, error=fault.error[:LONGEST])


def _to_the_proxy(error: Exception, proxy: tuple[str | None, int | None] | None) -> Fault | None:
    if isinstance(error, aiohttp.ClientHttpProxyError):
        if error.status in NOT_REACHED_BY_THE_PROXY:
            return NotAnswered(f"the egress proxy could not reach it: {error.status}")
        # Of one port or address alone, perhaps, that it lets nobody through to.
        return OurFault(f"the egress proxy refused: {error.status}", or_its_own=error.status == 403)
    if isinstance(error, aiohttp.ClientConnectorError) and (error.host, error.port) == proxy:
        return OurFault("the egress proxy cannot be reached")
    return None


def _cause(error: Exception) -> Exception:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return error.certificate_error
    return error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error


def _of(error: Exception) -> Fault:
    match error:
        case NotAllowed():
            return NotAnswered(str(error))
        case socket.gaierror():
            return _of_look_up(error)
        case UnicodeError():
            return NotAnswered("no such name")
        case ssl.SSLError():
            return _of_tls(error)
        case aiohttp.ClientOSError():  # once connected, nothing is ours; the number may be one of TLS's own
            return NotAnswered(WORDS.get(error.errno or 0, "the connection broke"))
        case aiohttp.ServerDisconnectedError():
            return NotAnswered("the connection was closed before an answer")
        case OSError():
            return _of_connecting(error)
    return NotAnswered("the answer is not HTTP")


def _of_look_up(error: socket.gaierror) -> Fault:
    if error.errno in (socket.EAI_AGAIN, socket.EAI_SYSTEM, socket.EAI_MEMORY):
        return OurFault("the resolver does not answer", or_its_own=error.errno == socket.EAI_AGAIN)
    return NotAnswered("no such name")


def _of_tls(error: ssl.SSLError) -> Fault:
    if isinstance(error, ssl.SSLCertVerificationError):
        return NotAnswered(f"TLS: {error.verify_message or 'the certificate is not valid'}")
    reason = getattr(error, "reason", None)  # only what OpenSSL itself says has one
    return NotAnswered(f"TLS: {reason.replace('_', ' ').lower() if reason else 'the handshake failed'}")


def _of_connecting(error: OSError) -> Fault:
    if error.errno in OURS:
        its_own = error.errno in OURS_OR_ITS_OWN
        return OurFault(f"nothing could be sent: {os.strerror(error.errno or 0)}", or_its_own=its_own)
    if isinstance(error, ConnectionResetError):
        return NotAnswered("connection reset")
    if error.errno is None:
        return NotAnswered("none of its addresses could be reached")
    return NotAnswered(WORDS.get(error.errno) or f"no connection: {os.strerror(error.errno)}")
