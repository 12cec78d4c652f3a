"""JSON bodies, as programs of the classic dialect may send them: one object, its values made into a form's text."""

import json
from collections.abc import Mapping
from typing import Any

# A value that no text can be; whoever reads the parameter refuses it (actions/declaration.py).
NO_TEXT = "\0"
# What stands between the items where a list is sent for what a form sends as one text.
JOINED_BY = {
    **dict.fromkeys(("orders", "refills", "events"), ","),
    **dict.fromkeys(("comments", "usernames", "hashtags", "groups", "keywords"), "\n"),
}


class MalformedBody(Exception):
    """The body is not what its Content-Type says."""


def json_object(body: bytes, *, is_json: bool) -> dict[str, str] | None:
    """Return the object's members as text, or None where the body is no JSON.

    Booleans are 1 and 0, numbers keep their digits, null is absent; lists are joined where a list is meant.

    :param is_json: whether its Content-Type says so. Some programs send an object and call it a form: no form begins
        with a brace.
    :raises MalformedBody: where it is said to be JSON and is no object.
    """
    text = body.strip()
    if not text or not (is_json or text.startswith(b"{")):
        return None
    try:
        # Numbers stay as they were written: 400 digits are refused by whoever reads them, not by Python.
        data = json.loads(text.decode("utf-8-sig"), parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError):
        data = None
    if isinstance(data, dict):
        return _as_text(data)
    if is_json:
        raise MalformedBody("the body is no JSON object")
    return None


def _as_text(data: Mapping[str, Any]) -> dict[str, str]:
    return {name: _text(name, value) for name, value in data.items() if value is not None}


def _text(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, str):
        return value
    if isinstance(value, list) and name in JOINED_BY:
        items = [_text("", each) for each in value if each is not None]
        return JOINED_BY[name].join(items)
    return NO_TEXT
