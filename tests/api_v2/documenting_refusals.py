"""docs/reseller-api.md names every refusal there is, in both dialects with its status, and none that there is not."""

import re
from pathlib import Path

from api_v2.errors import REFUSALS
from orders.operations import OrdersStopped
from orders.parameters import InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from tests.api_v2.refusing_alike import ONLY_STANDARD
from webhooks.operations.endpoints import UnknownKind

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reseller-api.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\d{3}) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
FILLED_IN = {
    MissingParameter: "<name>",
    InvalidParameter: "<name>",
    OrdersStopped: "<the operator's text>",
    QuantityBelow: "<minimum>",
    QuantityAbove: "<maximum>",
    UnknownKind: "<name>",
}


def answered(kind: type[Exception], dialect: str, filled_in: str = "") -> tuple[int, str]:
    """The status and the text of one refusal in a dialect."""
    error = kind(filled_in or FILLED_IN[kind]) if kind in FILLED_IN else kind()
    return REFUSALS[kind].answer(dialect, error)


def in_classic(kind: type[Exception]) -> str:
    """What the page's column of the classic dialect says: its text where that is another, its status where not 200."""
    if kind.__name__ in ONLY_STANDARD:
        return "never"
    status, text = answered(kind, "classic")
    words = "same" if text == answered(kind, "standard")[1] else f"`{text}`"
    if kind in {MissingParameter, InvalidParameter}:
        words += f"; of `link`: `{answered(kind, 'classic', 'link')[1]}`"
    return words if status == 200 else f"{words}, {status}"


def documented(kind: type[Exception]) -> tuple[str, str, str]:
    """How the page has one refusal: text, status, and the classic dialect's column."""
    status, text = answered(kind, "standard")
    return text, str(status), in_classic(kind)


def test_every_refusal_is_documented_once_in_both_dialects_with_its_status():
    rows = ROW.findall(PAGE.read_text(encoding="utf-8"))
    assert sorted(row[:3] for row in rows) == sorted(documented(kind) for kind in REFUSALS)
