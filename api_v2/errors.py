"""What a reseller's program reads when something is refused: texts and statuses, only here. Source: protocol.md."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api_v2.json_bodies import MalformedBody
from api_v2.transport import BodyTooLarge
from orders.operations import LinkInProgress, OrdersStopped, RequestConflict, ServiceNotFound
from orders.operations.cancelling import CannotBeCanceled
from orders.operations.refills import (
    OrderNotCompleted,
    RefillAlreadyPending,
    RefillLimitReached,
    RefillNotAvailable,
    RefillPeriodOver,
)
from orders.parameters import InvalidCoupon, InvalidParameter, MissingParameter, QuantityAbove, QuantityBelow
from orders.queries import OrderNotFound
from orders.refill_queries import RefillNotFound
from wallets.operations import InsufficientBalance
from webhooks.models import ENDPOINTS_PER_KEY
from webhooks.operations.endpoints import EndpointLimitReached, UnknownKind
from webhooks.queries import EndpointNotFound
from webhooks.urls import NotPublic


class UsePost(Exception):
    """Another method than POST."""


class InvalidHost(Exception):
    """The Host header names no host of this panel."""


class NoSuchPage(Exception):
    """There is nothing under /api/v2 at this path."""


class InvalidKey(Exception):
    """No key, or one that opens nothing: missing, malformed, unknown, revoked, expired, from elsewhere."""


class Suspended(Exception):
    """The account is suspended."""


class LimitExceeded(Exception):
    """One of the rate limits is spent."""


class ReadOnlyKey(Exception):
    """The key may only read."""


class LengthMissing(Exception):
    """A write came in a body that nothing says the length of, so that nobody can know whether it was cut short."""


class UnknownAction(Exception):
    """There is no action of this name."""


class OrderAndOrders(ValueError):
    """Both of `order` and `orders` were sent."""


class TooManyOrders(ValueError):
    """More than 100 ids."""


class RefillAndRefills(ValueError):
    """Both of `refill` and `refills` were sent."""


class Unexpected(Exception):
    """Something of ours broke. It is in the log, not in the answer."""


LONGEST_ECHO = 64  # of what was sent and is shown back: no event has a longer name


def readable(sent: str) -> str:
    """Return the beginning of what was sent, without what moves a terminal's cursor or turns the text around."""
    return "".join(letter for letter in sent if letter.isprintable())[:LONGEST_ECHO]


Text = str | Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Refusal:
    """How an error is answered in each dialect: `error`'s value, or how to make it of the exception, and the status.

    The classic dialect answers errors with 200; what HTTP itself is asked to tell keeps its status there too.
    """

    standard: Text
    classic: Text
    status: int = 400
    classic_status: int = 200

    @classmethod
    def alike(cls, text: Text, status: int = 400, classic_status: int = 200) -> "Refusal":
        """Return a refusal that both dialects word alike."""
        return cls(text, text, status, classic_status)

    def answer(self, dialect: str, error: Exception) -> tuple[int, str]:
        """Return the HTTP status and the value of `error` for this exception."""
        text = self.classic if dialect == "classic" else self.standard
        status = self.classic_status if dialect == "classic" else self.status
        return status, text if isinstance(text, str) else text(error)


REQUEST = "Incorrect request"


def _link_or_request(error: Any) -> str:
    return "Bad link" if error.name == "link" else REQUEST


REFUSALS: dict[type[Exception], Refusal] = {
    UsePost: Refusal("Use POST", REQUEST),
    InvalidHost: Refusal.alike("Invalid host", 400, 400),
    NoSuchPage: Refusal.alike("Not found", 404, 404),
    BodyTooLarge: Refusal.alike("Request body too large: at most 1 MB", 413, 413),
    MalformedBody: Refusal("Malformed request body", REQUEST),
    InvalidKey: Refusal.alike("Invalid API key"),
    Suspended: Refusal.alike("Account suspended", 403),
    LimitExceeded: Refusal.alike("Rate limit exceeded", 429, 429),
    ReadOnlyKey: Refusal.alike("API key is read-only", 403),
    UnknownAction: Refusal("Unknown action", REQUEST),
    LengthMissing: Refusal("Content-Length is required for this action", REQUEST),
    MissingParameter: Refusal(lambda error: f"Missing required parameter: {error.name}", _link_or_request),
    InvalidParameter: Refusal(lambda error: f"Invalid parameter: {error.name}", _link_or_request),
    ServiceNotFound: Refusal("Service not found", "Incorrect service ID"),
    InsufficientBalance: Refusal("Insufficient balance", "Not enough funds on balance"),
    OrdersStopped: Refusal.alike(lambda error: error.text),
    QuantityBelow: Refusal(
        lambda error: f"Quantity below the minimum of {error.minimum}",
        lambda error: f"Quantity less than minimal {error.minimum}",
    ),
    QuantityAbove: Refusal(
        lambda error: f"Quantity above the maximum of {error.maximum}",
        lambda error: f"Quantity more than maximum {error.maximum}",
    ),
    LinkInProgress: Refusal(
        "An order for this link is already in progress",
        "You have active order with this link. Please wait until order being completed.",
    ),
    InvalidCoupon: Refusal.alike("Invalid coupon"),
    RequestConflict: Refusal.alike("request_id was already used for a different order"),
    OrderNotFound: Refusal("Order not found", "Incorrect order ID"),
    # The classic dialect takes the one with an s where both are sent, and so never answers it.
    OrderAndOrders: Refusal("Pass either order or orders, not both", REQUEST),
    TooManyOrders: Refusal.alike("Too many orders: at most 100"),
    CannotBeCanceled: Refusal.alike("Order cannot be canceled"),
    RefillNotAvailable: Refusal("Refill is not available for this service", "Refill is disabled for this service"),
    OrderNotCompleted: Refusal("Order is not completed", "The order is not completed"),
    RefillAlreadyPending: Refusal(
        "A refill is already pending for this order", "The refill task is not completed for this order"
    ),
    RefillLimitReached: Refusal.alike("Refill limit reached for this order"),
    RefillPeriodOver: Refusal("Refill period is over", "Refill days are over"),
    RefillNotFound: Refusal.alike("Refill not found"),
    RefillAndRefills: Refusal("Pass either refill or refills, not both", REQUEST),
    NotPublic: Refusal.alike("Webhook URL must be public"),
    UnknownKind: Refusal.alike(lambda error: f"Unknown event: {readable(error.name)}"),
    EndpointLimitReached: Refusal.alike(f"Webhook limit reached: at most {ENDPOINTS_PER_KEY} per API key"),
    EndpointNotFound: Refusal.alike("Webhook not found"),
    Unexpected: Refusal.alike("Internal server error", 500, 500),
}
