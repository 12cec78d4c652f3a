"""The document: one path, to which every action is posted."""

from functools import cache
from typing import Any

import orjson
from django.conf import settings

from api_v2.actions import ACTIONS
from api_v2.door import ROOT
from api_v2.errors import REFUSALS, documented
from api_v2.limits import HEADERS
from dashboard.developers.openapi import actions, events
from dashboard.developers.reader import ANYWHERE, Reader

ABOUT = (
    "Everything goes through one address: a form with `key`, `action` and that action's parameters is posted, and JSON "
    "is answered. This describes keys of the standard dialect; the pages under `/developers` show what the classic one "
    "answers. Members may be added to answers and events."
)
STATUSES = {
    400: "Refused.",
    403: "Refused: the account is suspended, or the key may only read.",
    404: "There is nothing at this address.",
    413: "The body is too large.",
    429: "A rate limit is spent: wait as long as Retry-After says.",
    500: "Something failed at the panel; nothing is half done.",
}
ON_REFUSALS = {"X-RateLimit-DeniedBy", "Retry-After"}  # of the rate limits' headers: they stand on a 429 alone
OTHER_HEADERS = {
    "ETag": "of `services`: send its value back in If-None-Match",
    "Idempotent-Replay": "`true` where `add` answers what it answered to this request_id before",
}


def document(reader: Reader) -> str:
    """Return the document, with the reader's own address in it."""
    return reader.put_into(_for_anybody())


@cache
def _for_anybody() -> str:
    return orjson.dumps(whole(Reader(ANYWHERE)), option=orjson.OPT_INDENT_2).decode()


def whole(reader: Reader) -> dict[str, Any]:
    """Return the document as plain values."""
    return {
        "openapi": "3.1.0",
        "info": {"title": f"{settings.PANEL_NAME} API", "version": "2", "description": ABOUT},
        "servers": [{"url": reader.address}],
        "tags": [{"name": "Actions"}, {"name": "Webhooks"}],
        "security": [],
        "paths": {ROOT: {"post": _post()}},
        "webhooks": events.posts(),
        "components": {"schemas": _schemas(), "headers": _headers()},
    }


def _post() -> dict[str, Any]:
    return {
        "operationId": "act",
        "tags": ["Actions"],
        "summary": "Do what `action` says.",
        "parameters": [
            {
                "name": "If-None-Match",
                "in": "header",
                "schema": {"type": "string"},
                "description": "With `services`: the ETag of the last answer.",
            }
        ],
        "requestBody": {"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _form()}}},
        "responses": {
            "200": _success(),
            "304": {
                "description": "Nothing has changed since the answer with this ETag.",
                "headers": _of_every_answer(),
            },
            **{str(status): _refusal(status, text) for status, text in STATUSES.items()},
        },
    }


def _form() -> dict[str, Any]:
    named = {name: _schema(f"{name}.request") for name in ACTIONS}
    return {"oneOf": list(named.values()), "discriminator": {"propertyName": "action", "mapping": _targets(named)}}


def _targets(named: dict[str, dict[str, str]]) -> dict[str, str]:
    return {name: each["$ref"] for name, each in named.items()}


def _schema(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _success() -> dict[str, Any]:
    answers = [_schema(f"{name}.answer") for name in ACTIONS]
    headers = _of_every_answer() | {name: {"$ref": f"#/components/headers/{name}"} for name in OTHER_HEADERS}
    return {
        "description": "Done: what the action answers.",
        "headers": headers,
        "content": {"application/json": {"schema": {"anyOf": answers}}},
    }


def _refusal(status: int, text: str) -> dict[str, Any]:
    examples = {
        kind.__name__: {"summary": refusal.cause, "value": {"error": documented(kind, "standard")[1]}}
        for kind, refusal in REFUSALS.items()
        if refusal.status == status
    }
    on_it = {name: {"$ref": f"#/components/headers/{name}"} for name in sorted(ON_REFUSALS)} if status == 429 else {}
    return {
        "description": text,
        "headers": _of_every_answer() | on_it,
        "content": {"application/json": {"schema": _schema("error"), "examples": examples}},
    }


def _of_every_answer() -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in HEADERS if name not in ON_REFUSALS}


def _headers() -> dict[str, Any]:
    described = HEADERS | OTHER_HEADERS
    return {name: {"description": text, "schema": {"type": "string"}} for name, text in described.items()}


def _schemas() -> dict[str, Any]:
    return {
        "error": {
            "type": "object",
            "description": "A refusal. A success never has this member.",
            "required": ["error"],
            "properties": {"error": {"type": "string"}},
            "additionalProperties": False,
        },
        **{f"{name}.request": actions.posted(action) for name, action in ACTIONS.items()},
        **{f"{name}.answer": actions.answered(action) for name, action in ACTIONS.items()},
        **events.schemas(),
    }
