"""What a reseller's program reads when something is refused: texts and statuses, only here. Source: protocol.md."""

from typing import Any

from api_v2.json_bodies import MalformedBody
from api_v2.refusal import About, Refusal, readable
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


REQUEST = "Incorrect request"


def _link_or_request(error: Any) -> str:
    return "Bad link" if error.name == "link" else REQUEST


REFUSALS: dict[type[Exception], Refusal] = {
    UsePost: Refusal("Use POST", REQUEST, about=About.TRANSPORT, cause="another method than POST"),
    InvalidHost: Refusal.alike(
        "Invalid host",
        400,
        400,
        about=About.TRANSPORT,
        cause="the Host header is not a name the operator gave the panel (`ALLOWED_HOSTS`)",
    ),
    NoSuchPage: Refusal.alike(
        "Not found",
        404,
        404,
        about=About.TRANSPORT,
        cause="there is nothing below `/api/v2`: a path is missing a word or has one too many",
    ),
    BodyTooLarge: Refusal.alike(
        "Request body too large: at most 1 MB",
        413,
        413,
        about=About.TRANSPORT,
        cause="the body has, or says it has, more than 1,000,000 bytes",
    ),
    MalformedBody: Refusal(
        "Malformed request body",
        REQUEST,
        about=About.TRANSPORT,
        cause="a multipart body that cannot be read, JSON that is no object, more than 1000 fields, or fewer bytes "
        "than `Content-Length` says",
    ),
    LengthMissing: Refusal(
        "Content-Length is required for this action",
        REQUEST,
        about=About.TRANSPORT,
        cause="an action that changes something came in chunks, so that nobody could know whether all of it arrived",
    ),
    Unexpected: Refusal.alike(
        "Internal server error",
        500,
        500,
        about=About.TRANSPORT,
        cause="something failed at the panel; nothing is half done, and an `add` may be sent again with the same "
        "`request_id`",
    ),
    InvalidKey: Refusal.alike(
        "Invalid API key",
        about=About.ANY_ACTION,
        cause="no key, or one that is wrong, revoked, expired, or used from an address it does not allow",
    ),
    Suspended: Refusal.alike("Account suspended", 403, about=About.ANY_ACTION, cause="ask the operator"),
    LimitExceeded: Refusal.alike(
        "Rate limit exceeded",
        429,
        429,
        about=About.ANY_ACTION,
        cause="wait until `Retry-After`; `X-RateLimit-DeniedBy` says which limit it was",
    ),
    ReadOnlyKey: Refusal.alike(
        "API key is read-only",
        403,
        about=About.ANY_ACTION,
        cause="the key may look, and neither order nor change webhooks",
    ),
    UnknownAction: Refusal("Unknown action", REQUEST, about=About.ANY_ACTION, cause="there is no action of this name"),
    MissingParameter: Refusal(
        lambda error: f"Missing required parameter: {error.name}",
        _link_or_request,
        about=About.ANY_ACTION,
        filled_in="<name>",
        apart="link",
        cause="it is absent or empty; `action` itself too",
    ),
    InvalidParameter: Refusal(
        lambda error: f"Invalid parameter: {error.name}",
        _link_or_request,
        about=About.ANY_ACTION,
        filled_in="<name>",
        apart="link",
        cause="it cannot be what it has to be",
    ),
    ServiceNotFound: Refusal("Service not found", "Incorrect service ID", cause="no service on sale has this id"),
    InsufficientBalance: Refusal(
        "Insufficient balance", "Not enough funds on balance", cause="the order costs more than there is"
    ),
    OrdersStopped: Refusal.alike(
        lambda error: error.text,
        filled_in="<the operator's text>",
        cause="no new orders are taken, for the reason it gives",
    ),
    QuantityBelow: Refusal(
        lambda error: f"Quantity below the minimum of {error.minimum}",
        lambda error: f"Quantity less than minimal {error.minimum}",
        filled_in="<minimum>",
        cause="the service's own",
    ),
    QuantityAbove: Refusal(
        lambda error: f"Quantity above the maximum of {error.maximum}",
        lambda error: f"Quantity more than maximum {error.maximum}",
        filled_in="<maximum>",
        cause="the service's own",
    ),
    LinkInProgress: Refusal(
        "An order for this link is already in progress",
        "You have active order with this link. Please wait until order being completed.",
        cause="wait until that one has ended",
    ),
    InvalidCoupon: Refusal.alike("Invalid coupon", cause="it does not apply, for whatever reason"),
    RequestConflict: Refusal.alike(
        "request_id was already used for a different order",
        cause="the same `request_id` came with other parameters before",
    ),
    OrderNotFound: Refusal("Order not found", "Incorrect order ID", cause="no order of yours has this id"),
    # The classic dialect takes the one with an s where both are sent, and so never answers it.
    OrderAndOrders: Refusal(
        "Pass either order or orders, not both",
        REQUEST,
        only_standard=True,
        cause="`status`, `refill` and `cancel` take one of them",
    ),
    TooManyOrders: Refusal.alike("Too many orders: at most 100", cause="split the call; of refills too"),
    CannotBeCanceled: Refusal.alike(
        "Order cannot be canceled", cause="it has ended, or is under way at a service that does not cancel"
    ),
    RefillNotAvailable: Refusal(
        "Refill is not available for this service",
        "Refill is disabled for this service",
        cause="`services` says which refill",
    ),
    OrderNotCompleted: Refusal(
        "Order is not completed",
        "The order is not completed",
        cause="only what was delivered, wholly or in part, is refilled",
    ),
    RefillAlreadyPending: Refusal(
        "A refill is already pending for this order",
        "The refill task is not completed for this order",
        cause="wait until that one has ended",
    ),
    RefillLimitReached: Refusal.alike(
        "Refill limit reached for this order",
        cause="it has been refilled as often as may be (3 times, unless the operator changed that)",
    ),
    RefillPeriodOver: Refusal("Refill period is over", "Refill days are over", cause="the order ended too long ago"),
    RefillNotFound: Refusal.alike("Refill not found", cause="no refill of yours has this id"),
    RefillAndRefills: Refusal(
        "Pass either refill or refills, not both",
        REQUEST,
        only_standard=True,
        cause="`refill_status` takes one of them",
    ),
    NotPublic: Refusal.alike(
        "Webhook URL must be public",
        cause="its name does not lead to public addresses only, or it has a user name, or a port other than 443 and "
        "1024 upwards",
    ),
    UnknownKind: Refusal.alike(
        lambda error: f"Unknown event: {readable(error.name)}",
        filled_in="<name>",
        cause="there is no event of this name; capital letters count. The first 64 characters of it are shown",
    ),
    EndpointLimitReached: Refusal.alike(
        f"Webhook limit reached: at most {ENDPOINTS_PER_KEY} per API key",
        cause="remove one, or use another key; disabled ones count",
    ),
    EndpointNotFound: Refusal.alike(
        "Webhook not found",
        cause="this key has no webhook of this id: it was removed, or is another key's",
    ),
}


def documented(kind: type[Exception], dialect: str, filled_in: str = "") -> tuple[int, str]:
    """Return the status and the text as documentation shows them: `<…>` stands for what is filled in."""
    refusal = REFUSALS[kind]
    filled_in = filled_in or refusal.filled_in
    return refusal.answer(dialect, kind(filled_in) if filled_in else kind())
