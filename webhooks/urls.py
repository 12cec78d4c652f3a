"""What a reseller may give as an address: how it is written, and what it resolves to at that moment."""

import re
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from ipaddress import IPv4Address, IPv6Address
from urllib.parse import quote

import idna
from django.conf import settings

from webhooks import resolving
from webhooks.addresses import may_be_reached
from webhooks.models import LONGEST_URL

RESOLVE_WITHIN = 5  # seconds
THREADS = 16  # for look-ups at registration, so that slow names do not hold up the others
# Registrations that wait for a look-up, in one web process: each holds one of its WEB_THREADS meanwhile. Who comes
# beyond them waits for a place and is then refused, so that names which nobody answers for cannot hold up everybody.
WAITING = 2
PLACE_WITHIN = 0.5  # seconds; most look-ups take a few milliseconds

PORTS = {"https": 443, "http": 80}
LOWEST_PORT = 1024  # below it stand services of the system: mail, file shares, remote shells
# Source of the names: RFC 6761 (localhost), RFC 6762 (local), RFC 7686 (onion), RFC 8375 (home.arpa); internal is
# what ICANN has set aside for private use, and where clouds keep their metadata.
NOT_PUBLIC_NAMES = (".localhost", ".local", ".internal", ".home.arpa", ".onion")

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>[^#]*)")
_AUTHORITY = re.compile(r"(?P<host>\[[^\[\]]*\]|[^:\[\]]+)(?::(?P<port>[0-9]{0,5}))?", re.ASCII)
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)
# What "ends in a number" is read as an IPv4 address by one resolver or another: 2130706433, 127.1, 0x7f.1, 0177.0.0.1.
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.*", re.ASCII)  # WHATWG URL, 3.5
_KEPT = "!#$%&'()*+,/:;=?@[]~|"  # of a path and a query, what is sent as it was written


_waiting = threading.BoundedSemaphore(WAITING)


class InvalidUrl(ValueError):
    """It is no URL that a webhook can have: not https, too long, or none at all."""


class NotPublic(ValueError):
    """The URL has userinfo or a port of the system's, or it does not resolve to public addresses only."""


class TooManyLookUps(NotPublic):
    """So many names are being looked up at this moment that this one has to wait: it is no fault of the URL."""


def checked(url: str) -> str:
    """Return the URL as it is kept: its scheme and host in lower case, the name in ASCII, without a fragment.

    :raises InvalidUrl: where it is not an https URL (http with WEBHOOK_ALLOW_HTTP) of at most LONGEST_URL characters.
    :raises NotPublic: where its host, port or userinfo is not what a public receiver has.
    """
    if len(url) > LONGEST_URL or "\\" in url or not url.isprintable() or any(each.isspace() for each in url):
        raise InvalidUrl("not a URL, or too long a one")
    parts = _URL.match(url)
    if parts is None:
        raise InvalidUrl("not a URL")
    scheme = parts["scheme"].lower()
    if scheme != "https" and not (scheme == "http" and settings.WEBHOOK_ALLOW_HTTP):
        raise InvalidUrl("not an https URL")
    if "@" in parts["authority"]:
        raise NotPublic("a URL with a user name")
    kept = f"{scheme}://{_authority(scheme, parts['authority'])}{quote(parts['rest'], safe=_KEPT)}"
    if len(kept) > LONGEST_URL:
        raise InvalidUrl("too long")
    return kept


def resolve_now(url: str, look_up: resolving.LookUp | None = None) -> None:
    """Look the host up and check every address. It may take RESOLVE_WITHIN seconds: not inside a transaction.

    :param url: as `checked` returned it.
    :raises NotPublic: unless it resolves, and to public addresses only.
    :raises TooManyLookUps: where it could not be looked up for now.
    """
    host, look_up = host_of(url), look_up or resolving.look_up
    try:
        if resolving.is_address(host):
            resolving.public_addresses(host)
        else:
            _look_up_soon(host, look_up)
    except NotPublic:
        raise
    except (OSError, ValueError) as error:  # TimeoutError is an OSError; ValueError: a name that no resolver takes
        raise NotPublic("the name does not resolve to public addresses only") from error


def _look_up_soon(host: str, look_up: resolving.LookUp) -> None:
    if not _waiting.acquire(timeout=PLACE_WITHIN):
        raise TooManyLookUps("too many names are being looked up at this moment")
    asked = _threads().submit(resolving.public_addresses, host, look_up)
    try:
        asked.result(RESOLVE_WITHIN)
    finally:
        asked.cancel()
        _waiting.release()


def host_of(url: str) -> str:
    """Return the name or address in a URL that `checked` returned, without brackets."""
    authority = authority_of(url)
    return authority[1:].partition("]")[0] if authority.startswith("[") else authority.partition(":")[0]


def authority_of(url: str) -> str:
    """Return host and port in a URL that `checked` returned, as a Host header has them."""
    return url.partition("://")[2].partition("/")[0].partition("?")[0]


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(THREADS, thread_name_prefix="registration")


def _authority(scheme: str, written: str) -> str:
    parts = _AUTHORITY.fullmatch(written)
    if parts is None:
        raise InvalidUrl("no host, or no port")
    host, port = _host(parts["host"]), int(parts["port"] or PORTS[scheme])
    if port > 65535:
        raise InvalidUrl("no such port")
    if port < LOWEST_PORT and port != 443 and not (port == 80 and settings.WEBHOOK_ALLOW_HTTP):
        raise NotPublic("a port of the system's")
    return host if port == PORTS[scheme] else f"{host}:{port}"


def _host(written: str) -> str:
    if written.startswith("["):
        return f"[{_ipv6(written[1:-1])}]"
    name = _in_ascii(written)
    if _ENDS_IN_A_NUMBER.fullmatch(name):
        return _ipv4(name, written)
    _check_name(name)
    return name


def _in_ascii(name: str) -> str:
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode().lower()
    except UnicodeError as error:
        raise InvalidUrl("not a name") from error


def _ipv4(name: str, written: str) -> str:
    try:
        canonical = str(IPv4Address(name)) == written
    except ValueError:
        canonical = False
    if not canonical or not may_be_reached(name):
        raise NotPublic("not a public address, written as addresses are")
    return name


def _ipv6(written: str) -> str:
    try:
        canonical = str(IPv6Address(written)) == written.lower()
    except ValueError as error:
        raise InvalidUrl("not an IPv6 address") from error
    if not canonical or not may_be_reached(written):
        raise NotPublic("not a public address, written as addresses are")
    return written.lower()


def _check_name(name: str) -> None:
    if name == "localhost" and any(map(may_be_reached, resolving.LOOPBACK)):
        return
    if name.endswith((".", *NOT_PUBLIC_NAMES)) or "." not in name:
        raise NotPublic("not a public name")
    if len(name) > 253 or not all(map(_LABEL.fullmatch, name.split("."))):
        raise InvalidUrl("not a name")
