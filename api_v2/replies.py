"""Writing an answer: JSON, compressed where asked for, and nothing at all where the caller has it already."""

import gzip
import hashlib
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

WORTH_COMPRESSING = 1400  # bytes; less fits one packet anyway
STATUS_LINES = {each.value: f"{each.value} {each.phrase}" for each in HTTPStatus}


def send(
    environ: "WSGIEnvironment",
    start_response: "StartResponse",
    status: int,
    body: Any,
    headers: list[tuple[str, str]],
) -> Iterable[bytes]:
    """Send the body as JSON. A list (the catalogue) carries an ETag, and is a 304 to whoever sends it back."""
    content = orjson.dumps(body)
    sent = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *headers]
    if isinstance(body, list):
        tag = f'"{hashlib.blake2b(content, digest_size=16).hexdigest()}"'
        sent[1] = ("Cache-Control", "private, no-cache")
        sent.append(("ETag", tag))
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
    return any(each.split(";")[0] == "gzip" and not each.endswith(("q=0", "q=0.0")) for each in offers)
