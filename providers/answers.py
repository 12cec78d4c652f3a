"""Reading what panels answer: JSON of many habits, made into plain values or nothing, never an exception."""

import json
import re
from decimal import Decimal, InvalidOperation
from urllib.parse import quote

KEPT_BYTES = 2_000
LARGEST_POWER = 11
LONGEST_NUMBER = 40
LARGEST_COUNT = 2_147_483_647
# Visible ASCII, no leading minus, and no comma: it separates the ids of a batch.
REMOTE_ID = re.compile(r"[!-+.-~][!-+\--~]{0,63}")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
NOT_AN_ID = {"null", "none", "nil", "false", "true", "undefined", "nan"}
WORDS_OF_FAILURE = {"error", "false"}  # not "fail": that is an order's status


class NotJson(Exception):
    """The body is no JSON: most often a page meant for people."""


def decoded(body: bytes) -> object:
    """Return the JSON value of a body; numbers that no program can want become None.

    :raises NotJson: where it is none.
    """
    try:
        return json.loads(
            body.decode("utf-8-sig", "replace"),
            parse_int=_whole,
            parse_float=_decimal,
            parse_constant=lambda _name: None,
        )
    except (ValueError, RecursionError):
        raise NotJson(_kind(body)) from None


def error_text(data: object) -> str | None:
    """Return the error a panel answered, or None where the answer is no error.

    Read are `error`, `errors`, and a `message` beside a member that says the call failed.
    """
    if not isinstance(data, dict):
        return None
    text = _first_text(data.get("error")) or _first_text(data.get("errors"))
    if text or not _says_failure(data):
        return text or None
    return _first_text(data.get("message")) or _first_text(data.get("msg")) or None


def remote_id(value: object) -> str | None:
    """Return the id a provider gives an order or a service, as text of 1 to 64 characters, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, Decimal):
        value = as_count(value)
    if isinstance(value, int):
        value = str(value) if value > 0 else ""
    if not isinstance(value, str):
        return None
    text = value.strip()
    if not REMOTE_ID.fullmatch(text) or text.lower() in NOT_AN_ID:
        return None
    number = as_decimal(text)
    return None if number is not None and number <= 0 else text


def as_count(value: object) -> int | None:
    """Return a whole number written as 12, 12.0 or "12", negative ones too, or None."""
    number = as_decimal(value)
    if number is None or number != number.to_integral_value():
        return None
    return int(number)


def as_decimal(value: object) -> Decimal | None:
    """Return a number or a number in a string, below 10^11 either way, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = _decimal(value.strip())
    if isinstance(value, int):
        value = Decimal(value)
    if not isinstance(value, Decimal) or not value.is_finite():
        return None
    # By its magnitude first: arithmetic on 1e999999 would spell out a million digits.
    return value if -LONGEST_NUMBER <= value.adjusted() < LARGEST_POWER else None


def as_flag(value: object) -> bool:
    """Return whether a panel means yes: true, 1, "1", "true", "yes"."""
    return value is True or str(value).strip().lower() in {"1", "true", "yes", "on"}


def as_text(value: object, longest: int) -> str:
    """Return a string that can be kept and shown: no NULs, no broken Unicode, at most so long."""
    if not isinstance(value, str | int | Decimal) or isinstance(value, bool):
        return ""
    text = str(value).encode("utf-8", "replace").decode().replace("\0", "")
    return text.strip()[:longest]


def kept(body: bytes, key: str) -> str:
    """Return what an operator is shown of an answer: at most 2 kB of it, our key struck out."""
    text = scrubbed(body.decode("utf-8", "replace"), key).replace("\0", "")
    return text.encode()[:KEPT_BYTES].decode("utf-8", "ignore")


def scrubbed(text: str, key: str) -> str:
    """Return the text without our key, as it is or as it stands in a URL or in JSON."""
    if key:
        for form in {
            key,
            quote(key, safe=""),
            json.dumps(key)[1:-1],
            json.dumps(key)[1:-1].replace("/", "\\/"),
        }:
            text = text.replace(form, "[key]")
    return text


def _says_failure(data: dict[str, object]) -> bool:
    status = data.get("status")
    return (
        data.get("success") is False
        or data.get("error") in (True, 1)
        or status is False
        or (isinstance(status, str) and status.lower() in WORDS_OF_FAILURE)
    )


def _whole(text: str) -> int | None:
    return int(text) if len(text) <= LONGEST_NUMBER else None


def _decimal(text: str) -> Decimal | None:
    # Decimal() alone would take "1_000", "infinity" and digits of other scripts as well.
    if len(text) > LONGEST_NUMBER or not NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond what even Decimal holds
        return None


def _first_text(value: object) -> str:
    """Return the first text in a string, a list or an object of messages."""
    for _depth in range(4):
        if isinstance(value, dict):
            value = next(iter(value.values()), None)
        elif isinstance(value, list):
            value = next(iter(value), None)
    return as_text(value, 500) if isinstance(value, str) else ""


def _kind(body: bytes) -> str:
    start = body.lstrip()[:200].lower()
    if not start:
        return "an empty answer"
    if start.startswith(b"<"):
        return "a web page instead of JSON"
    return "something that is not JSON"
