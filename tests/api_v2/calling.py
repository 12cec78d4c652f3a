"""The ways in which a program may send its parameters, by name."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import orjson

from tests.conftest import Answer, call_wsgi, wsgi_environ

BOUNDARY = "x-boundary-1"
JSON = "application/json"

Way = Callable[..., Answer]


def send(body: bytes = b"", **environ: Any) -> Answer:
    """Send a POST with this body; other arguments change the request around it."""
    return call_wsgi(wsgi_environ(body, **environ))


def by_form(**params: Any) -> Answer:
    return send(urlencode(params).encode())


def by_multipart(**params: Any) -> Answer:
    parts = "".join(
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in params.items()
    )
    return send(f"{parts}--{BOUNDARY}--\r\n".encode(), CONTENT_TYPE=f"multipart/form-data; boundary={BOUNDARY}")


def by_get(**params: Any) -> Answer:
    return send(REQUEST_METHOD="GET", QUERY_STRING=urlencode(params), CONTENT_TYPE="", CONTENT_LENGTH="")


def by_query(**params: Any) -> Answer:
    """Post no body at all, and nothing that speaks of one: `curl -X POST '…?key=…'`."""
    return send(QUERY_STRING=urlencode(params), CONTENT_TYPE="", CONTENT_LENGTH="")


def by_json(**params: Any) -> Answer:
    return send(orjson.dumps(params), CONTENT_TYPE=JSON)


def by_json_called_a_form(**params: Any) -> Answer:
    return send(orjson.dumps(params))


IN_THE_FORM: dict[str, Way] = {"form": by_form, "multipart": by_multipart}
ELSEWHERE: dict[str, Way] = {
    "GET": by_get,
    "POST with a query": by_query,
    "JSON": by_json,
    "JSON called a form": by_json_called_a_form,
}
WAYS = IN_THE_FORM | ELSEWHERE
