"""Whose affair it is that an attempt failed, by the error the system gives."""

import errno
import os
import socket
import ssl

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from webhooks import faults
from webhooks.outcomes import NotAnswered, OurFault
from webhooks.resolving import NotAllowed

TO = ConnectionKey("hooks.example", 443, True, True, None, None, None)


def connecting(number):
    return aiohttp.ClientConnectorError(TO, OSError(number, os.strerror(number)))


def looking_up(number):
    return aiohttp.ClientConnectorDNSError(TO, socket.gaierror(number, "said by the system"))


@pytest.mark.parametrize("number", sorted(faults.OURS))
def test_what_we_lack_is_our_fault(number):
    may_be_its_own = number in {errno.ENETUNREACH, errno.EAFNOSUPPORT}  # an address of a kind that we have none of
    assert faults.of(connecting(number)) == OurFault(f"nothing could be sent: {os.strerror(number)}", may_be_its_own)


@pytest.mark.parametrize("number", [socket.EAI_AGAIN, socket.EAI_SYSTEM, socket.EAI_MEMORY])
def test_a_resolver_that_does_not_answer_is_our_fault(number):
    servfail = number == socket.EAI_AGAIN  # which is what a domain with broken name servers looks like too
    assert faults.of(looking_up(number)) == OurFault("the resolver does not answer", servfail)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (looking_up(socket.EAI_NONAME), "no such name"),
        (looking_up(socket.EAI_NODATA), "no such name"),
        (looking_up(socket.EAI_FAIL), "no such name"),
        (UnicodeError("label too long"), "no such name"),
        (connecting(errno.ECONNREFUSED), "connection refused"),
        (connecting(errno.ECONNRESET), "connection reset"),
        (connecting(errno.EHOSTUNREACH), "no route to the host"),
        (connecting(errno.ETIMEDOUT), "the connection timed out"),
        (connecting(errno.ENOTCONN), f"no connection: {os.strerror(errno.ENOTCONN)}"),
        (aiohttp.ClientConnectorError(TO, ConnectionResetError()), "connection reset"),
        (aiohttp.ClientConnectorError(TO, OSError("several")), "none of its addresses could be reached"),
        (
            aiohttp.ClientConnectorError(TO, NotAllowed("10.0.0.1 is not a public address")),
            "10.0.0.1 is not a public address",
        ),
        (aiohttp.ClientConnectorSSLError(TO, ssl.SSLError(1, "x")), "TLS: the handshake failed"),
        (aiohttp.ClientOSError(errno.ECONNRESET, "x"), "connection reset"),
        # The number of a TLS error is the one of EPERM, which would be ours.
        (aiohttp.ClientOSError(1, "[SSL: DECRYPTION_FAILED]"), "the connection broke"),
        (aiohttp.ClientOSError(), "the connection broke"),
        (aiohttp.ServerDisconnectedError(), "the connection was closed before an answer"),
        (aiohttp.ClientPayloadError("x"), "the answer is not HTTP"),
    ],
)
def test_what_the_endpoint_does_is_its_own_affair(error, said):
    assert faults.of(error) == NotAnswered(said)


def test_what_is_said_is_short():
    assert len(faults.of(NotAllowed("x" * 5000)).error) == faults.LONGEST
