"""What came over HTTP: the parameters of one request, read within bounds. Source: protocol.md, "Transport"."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from django.core.exceptions import SuspiciousOperation
from django.http.multipartparser import MultiPartParser, MultiPartParserError
from django.http.request import validate_host

from api_v2.json_bodies import MalformedBody, json_object

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

LARGEST_BODY = 1_000_000
MOST_FIELDS = 1000
LONGEST_HOST = 300  # RFC 1035 allows 253 letters; a port comes after them


class BodyTooLarge(Exception):
    """The body has more than 1 MB."""


@dataclass(frozen=True, slots=True)
class Sent:
    """The parameters sent, by where they stood: trimmed, the last of each name, empty ones left out, line ends as LF.

    Text that is no UTF-8 keeps its bytes as lone surrogates, so that whoever reads the parameter can refuse it.
    """

    form: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] | None = field(default_factory=dict)  # None: malformed, which concerns whoever reads it
    json: dict[str, str] = field(default_factory=dict)
    whole: bool = True  # False where nothing says how long the body was to be: it may have been cut short

    def everywhere(self) -> dict[str, str]:
        """Return all parameters; of one that stands in several places the form's counts, then the query's."""
        if not self.query and not self.json:
            return self.form.copy()
        return {**self.json, **(self.query or {}), **self.form}


def read_sent(environ: "WSGIEnvironment") -> Sent:
    """Return what a POST sends: in its body a form or a JSON object, and in its query string.

    A body that is neither has no parameters.

    :raises BodyTooLarge: :raises MalformedBody: where it cannot be read.
    """
    length = _length(environ)
    body = _body(environ, length)
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    json, pairs = json_object(body, is_json=_is_json(kind)), list[tuple[str, str]]()
    if json is None and kind == "multipart/form-data":
        pairs = _multipart(environ, body)
    elif json is None and kind in {"", "application/x-www-form-urlencoded"}:
        pairs = _urlencoded(body)
    # An object that has its closing brace was not cut short; and where nothing speaks of a body, there is none.
    bodiless = not body and "HTTP_TRANSFER_ENCODING" not in environ
    whole = length is not None or json is not None or bodiless
    form = _cleaned(pairs)
    query = _query_beside(environ, form) if environ.get("QUERY_STRING") else {}
    return Sent(form, query, _cleaned(json.items()) if json else {}, whole)


def _query_beside(environ: "WSGIEnvironment", form: Mapping[str, str]) -> dict[str, str] | None:
    """Return the parameters in the query string; None where it is malformed and the key stands in the form.

    Then it is the key's dialect that says whether anybody reads it.
    """
    try:
        return read_query(environ)
    except MalformedBody:
        if "key" in form:
            return None
        raise


def read_query(environ: "WSGIEnvironment") -> dict[str, str]:
    """Return the parameters in the query string.

    :raises MalformedBody: where they are more than anybody needs.
    """
    query = environ.get("QUERY_STRING", "")
    return _cleaned(_urlencoded(query.encode("latin-1", "replace"))) if query else {}


def _is_json(kind: str) -> bool:
    return kind in {"application/json", "text/json"} or kind.endswith("+json")


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


def _cleaned(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    cleaned = {name: value.replace("\r\n", "\n").strip() for name, value in pairs}
    return {name: value for name, value in cleaned.items() if value}


def is_known_host(host: str, allowed: tuple[str, ...]) -> bool:
    """Return whether the Host header names this panel."""
    return len(host) <= LONGEST_HOST and _is_known(host, allowed)


@lru_cache(maxsize=256)
def _is_known(host: str, allowed: tuple[str, ...]) -> bool:
    name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host
    return validate_host(name.lower().rstrip("."), allowed)
