"""What came over HTTP: the form of one request, read within bounds. Source: protocol.md, "Transport"."""

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.request import validate_host

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LARGEST_BODY = 1_000_000
MOST_FIELDS = 1000
LONGEST_HOST = 300  # RFC 1035 allows 253 letters; a port comes after them


class BodyTooLarge(Exception):
    """The body has more than 1 MB."""


class MalformedBody(Exception):
    """The body is not what its Content-Type says."""


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters sent: trimmed, the last of each name, empty ones left out, line ends as LF.

    Text that is no UTF-8 keeps its bytes as lone surrogates, so that whoever reads the parameter can refuse it.
    """

    params: dict[str, str]
    whole: bool = True  # False where nothing says how long the body was to be: it may have been cut short

    def text(self, name: str) -> str:
        """Return the parameter, or an empty string."""
        return self.params.get(name, "")


def read_form(environ: "WSGIEnvironment") -> Form:
    """Return the form in the request's body; a body of another kind has no parameters.

    :raises BodyTooLarge: :raises MalformedBody: where it cannot be read.
    """
    length = _length(environ)
    body = _body(environ, length)
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    pairs: list[tuple[str, str]] = []
    if kind == "multipart/form-data":
        pairs = _multipart(environ, body)
    elif kind in {"", "application/x-www-form-urlencoded"}:
        pairs = _urlencoded(body)
    return Form(_cleaned(pairs), whole=length is not None)


def _length(environ: "WSGIEnvironment") -> int | None:
    """Return the announced length of the body in bytes; None for one sent in chunks."""
    announced = environ.get("CONTENT_LENGTH") or ""
    if not (announced.isascii() and announced.isdigit()):
        return None
    # So many digits that they need not be read, which Python would refuse to do over 4300 of them.
    return int(announced) if len(announced) < 20 else LARGEST_BODY + 1


def _body(environ: "WSGIEnvironment", length: int | None) -> bytes:
    if length is not None and length > LARGEST_BODY:
        raise BodyTooLarge
    # Of chunks one byte too many is enough to know.
    try:
        body = environ["wsgi.input"].read(LARGEST_BODY + 1 if length is None else length)
    except OSError:
        raise MalformedBody("the connection broke before the body's end") from None
    if len(body) > LARGEST_BODY:
        raise BodyTooLarge
    if length is not None and len(body) < length:
        # The server hands over what came before the connection broke: `quantity=1000` may end as `quantity=10`.
        raise MalformedBody("the body is shorter than its Content-Length")
    return bytes(body)


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(
            body.decode("utf-8", "surrogateescape"),
            keep_blank_values=True,
            errors="surrogateescape",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise MalformedBody("more fields than anybody needs") from None


def _multipart(environ: "WSGIEnvironment", body: bytes) -> list[tuple[str, str]]:
    meta = {"CONTENT_TYPE": environ["CONTENT_TYPE"], "CONTENT_LENGTH": str(len(body))}
    try:
        fields, _files = MultiPartParser(meta, BytesIO(body), [], "utf-8").parse()
    except (MultiPartParserError, SuspiciousOperation, ValueError, LookupError) as error:
        raise MalformedBody(str(error)) from None
    return [(name, str(values[-1])) for name, values in fields.lists() if values]


def _cleaned(pairs: list[tuple[str, str]]) -> dict[str, str]:
    cleaned = {name: value.replace("\r\n", "\n").strip() for name, value in pairs}
    return {name: value for name, value in cleaned.items() if value}


def is_known_host(host: str, allowed: tuple[str, ...]) -> bool:
    """Return whether the Host header names this panel."""
    return len(host) <= LONGEST_HOST and _is_known(host, allowed)


@lru_cache(maxsize=256)
def _is_known(host: str, allowed: tuple[str, ...]) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return validate_host(name.lower().rstrip("."), allowed)
