"""docs/reseller-api.md names every refusal there is, with its status, and none that there is not."""

import re
from pathlib import Path

from api_v2.errors import REFUSALS
from orders.operations import OrdersStopped
from orders.parameters import InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from webhooks.operations.endpoints import UnknownKind

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "reseller-api.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\d{3}) \| ([^|]+) \|$", re.MULTILINE)
FILLED_IN = {
    MissingParameter: "<name>",
    InvalidParameter: "<name>",
    OrdersStopped: "<the operator's text>",
    QuantityBelow: "<minimum>",
    QuantityAbove: "<maximum>",
    UnknownKind: "<name>",
}


def refused() -> list[tuple[str, str]]:
    """Every refusal's text, with what is filled in as the page shows it, and its status."""
    return [answered(kind, "standard") for kind in REFUSALS]


def answered(kind: type[Exception], dialect: str) -> tuple[str, str]:
    """The text and the status of one refusal in a dialect."""
    error = kind(FILLED_IN[kind]) if kind in FILLED_IN else kind()
    status, text = REFUSALS[kind].answer(dialect, error)
    return text, str(status)


def test_every_refusal_is_documented_once_with_its_status():
    assert sorted((text, status) for text, status, _ in ROW.findall(PAGE.read_text())) == sorted(refused())
