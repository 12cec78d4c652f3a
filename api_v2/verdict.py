"""What admission finds out about a request."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from api_v2.limits import Layer


class Verdict(StrEnum):
    """What admission says of a request."""

    ADMITTED = "ok"
    UNKNOWN_KEY = "unknown"
    SUSPENDED = "suspended"
    SPENT = "spent"


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose key it is."""

    account_id: int
    key_id: int
    key_prefix: str
    dialect: str
    read_only: bool
    cached_balance: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Admission:
    """The verdict on one request, who asks where that is known, and the counters as they stand now."""

    verdict: Verdict
    layers: list[Layer]
    denied_by: str | None = None
    caller: Caller | None = None
