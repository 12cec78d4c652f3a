"""Writing an answer: JSON, compressed where asked for, and nothing at all where the caller has it already."""

import gzip
import hashlib
import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WORTH_COMPRESSING = 1400  # bytes; less fits one packet anyway
NOT_WANTED = re.compile(r";q=0(\.0{0,3})?$")  # RFC 9110, 12.4.2
STATUS_LINES = {each.value: f"{each.value} {each.phrase}" for each in HTTPStatus}


def written(body: Any) -> bytes:
    """Return the body as JSON."""
    return orjson.dumps(body)


def send(
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    status: int,
    content: bytes,
    headers: list[tuple[str, str]],
    *,
    tagged: bool = False,
) -> Iterable[bytes]:
    """Send the JSON. `tagged`, it carries an ETag, and is a 304 to whoever sends it back."""
    sent = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *headers]
    if tagged:
        tag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
        sent[1] = ("Cache-Control", "private, no-cache")
        sent.append(("ETag", f"W/{tag}"))  # weak: it is the same for the compressed bytes
        if tag in environ.get("HTTP_IF_NONE_MATCH", ""):
            start_response(STATUS_LINES[304], sent)
            return []
    if len(content) >= WORTH_COMPRESSING:
        sent.append(("Vary", "Accept-Encoding"))
        if _takes_gzip(environ.get("HTTP_ACCEPT_ENCODING", "")):
            content = gzip.compress(content, compresslevel=4, mtime=0)
            sent.append(("Content-Encoding", "gzip"))
    sent.append(("Content-Length", str(len(content))))
    start_response(STATUS_LINES[status], sent)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]


def _takes_gzip(accepted: str) -> bool:
    offers = (each.strip().lower().replace(" ", "") for each in accepted.split(","))
    return any(each.split(";")[0] == "gzip" and not NOT_WANTED.search(each) for each in offers)
