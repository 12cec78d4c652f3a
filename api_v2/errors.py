"""What a reseller's program reads when something is refused: texts and statuses, only here. Source: protocol.md."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from api_v2.transport import BodyTooLarge, MalformedBody
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
    """How an error is answered: the value of `error`, or how to make it of the exception, and the HTTP status."""

    standard: Text
    status: int = 400

    def text(self, error: Exception) -> str:
        """Return the value of `error` for this exception."""
        return self.standard if isinstance(self.standard, str) else self.standard(error)


REFUSALS: dict[type[Exception], Refusal] = {
    UsePost: Refusal("Use POST"),
    InvalidHost: Refusal("Invalid host"),
    NoSuchPage: Refusal("Not found", 404),
    BodyTooLarge: Refusal("Request body too large: at most 1 MB", 413),
    MalformedBody: Refusal("Malformed request body"),
    InvalidKey: Refusal("Invalid API key"),
    Suspended: Refusal("Account suspended", 403),
    LimitExceeded: Refusal("Rate limit exceeded", 429),
    ReadOnlyKey: Refusal("API key is read-only", 403),
    UnknownAction: Refusal("Unknown action"),
    LengthMissing: Refusal("Content-Length is required for this action"),
    MissingParameter: Refusal(lambda error: f"Missing required parameter: {error.name}"),
    InvalidParameter: Refusal(lambda error: f"Invalid parameter: {error.name}"),
    ServiceNotFound: Refusal("Service not found"),
    InsufficientBalance: Refusal("Insufficient balance"),
    OrdersStopped: Refusal(lambda error: error.text),
    QuantityBelow: Refusal(lambda error: f"Quantity below the minimum of {error.minimum}"),
    QuantityAbove: Refusal(lambda error: f"Quantity above the maximum of {error.maximum}"),
    LinkInProgress: Refusal("An order for this link is already in progress"),
    InvalidCoupon: Refusal("Invalid coupon"),
    RequestConflict: Refusal("request_id was already used for a different order"),
    OrderNotFound: Refusal("Order not found"),
    OrderAndOrders: Refusal("Pass either order or orders, not both"),
    TooManyOrders: Refusal("Too many orders: at most 100"),
    CannotBeCanceled: Refusal("Order cannot be canceled"),
    RefillNotAvailable: Refusal("Refill is not available for this service"),
    OrderNotCompleted: Refusal("Order is not completed"),
    RefillAlreadyPending: Refusal("A refill is already pending for this order"),
    RefillLimitReached: Refusal("Refill limit reached for this order"),
    RefillPeriodOver: Refusal("Refill period is over"),
    RefillNotFound: Refusal("Refill not found"),
    RefillAndRefills: Refusal("Pass either refill or refills, not both"),
    NotPublic: Refusal("Webhook URL must be public"),
    UnknownKind: Refusal(lambda error: f"Unknown event: {readable(error.name)}"),
    EndpointLimitReached: Refusal(f"Webhook limit reached: at most {ENDPOINTS_PER_KEY} per API key"),
    EndpointNotFound: Refusal("Webhook not found"),
    Unexpected: Refusal("Internal server error", 500),
}
