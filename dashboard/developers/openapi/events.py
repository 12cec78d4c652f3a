"""What is posted to webhooks, as schemas."""

from typing import Any

from api_v2.exemplary_events import body
from dashboard.developers.openapi.shapes import Schema, schema
from orders.states import OrderStatus, RefillStatus
from webhooks.kinds import KINDS

STATUSES = {"order": tuple(OrderStatus.values), "refill": tuple(RefillStatus.values)}
HEADERS = {
    "webhook-id": "The event: the same each time it is sent again.",
    "webhook-timestamp": "When this attempt was made, in seconds since 1970.",
    "webhook-signature": "`v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; of several one is enough.",
}


def posts() -> dict[str, Any]:
    """Return what is posted for each event, for the document's `webhooks`."""
    return {kind: {"post": _post(kind, when)} for kind, when in KINDS.items()}


def _post(kind: str, when: str) -> dict[str, Any]:
    return {
        "operationId": kind,
        "tags": ["Webhooks"],
        "summary": f"{kind}: {when}.",
        "parameters": [
            {"name": name, "in": "header", "required": True, "schema": {"type": "string"}, "description": text}
            for name, text in HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{kind}"}}},
        },
        "responses": {
            "2XX": {"description": "You have taken it. Anything else is a failure, and it is sent again."},
            "410": {"description": "Nothing more is sent to this webhook."},
        },
    }


def schemas() -> dict[str, Schema]:
    """Return the body of each event, by its name."""
    return {kind: _body(kind, when) for kind, when in KINDS.items()}


def _body(kind: str, when: str) -> Schema:
    example = body(kind, "standard")
    statuses = STATUSES.get(kind.partition(".")[0], ())
    words = {"type": (kind,)} | ({"status": statuses} if statuses else {})
    return {"description": f"{when[0].upper()}{when[1:]}."} | schema([example], words) | {"examples": [example]}
