"""Refusals and statuses in both dialects, written by hand from protocol.md, so that a literal that changes is found."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Wording:
    """What is read for one refusal: text and HTTP status, in the standard dialect and in the classic one.

    `filled_in` is what the exception is made with: the part of the text that differs from one time to another.
    """

    standard: str
    status: int
    classic: str
    classic_status: int = 200
    filled_in: str | None = None

    def of(self, dialect: str) -> tuple[int, str]:
        """Return the status and the text in a dialect."""
        return {"standard": (self.status, self.standard), "classic": (self.classic_status, self.classic)}[dialect]


def _alike(text: str, status: int = 400, classic_status: int = 200, filled_in: str | None = None) -> Wording:
    return Wording(text, status, text, classic_status, filled_in)


WORDINGS = {
    # Transport, and errors of any action
    "UsePost": Wording("Use POST", 400, "Incorrect request"),
    "InvalidHost": _alike("Invalid host", 400, 400),
    "NoSuchPage": _alike("Not found", 404, 404),
    "BodyTooLarge": _alike("Request body too large: at most 1 MB", 413, 413),
    "MalformedBody": Wording("Malformed request body", 400, "Incorrect request"),
    "LengthMissing": Wording("Content-Length is required for this action", 400, "Incorrect request"),
    "Unexpected": _alike("Internal server error", 500, 500),
    "InvalidKey": _alike("Invalid API key"),
    "Suspended": _alike("Account suspended", 403),
    "LimitExceeded": _alike("Rate limit exceeded", 429, 429),
    "ReadOnlyKey": _alike("API key is read-only", 403),
    "UnknownAction": Wording("Unknown action", 400, "Incorrect request"),
    "MissingParameter": Wording("Missing required parameter: quantity", 400, "Incorrect request", filled_in="quantity"),
    "InvalidParameter": Wording("Invalid parameter: runs", 400, "Incorrect request", filled_in="runs"),
    # add
    "ServiceNotFound": Wording("Service not found", 400, "Incorrect service ID"),
    "InsufficientBalance": Wording("Insufficient balance", 400, "Not enough funds on balance"),
    "OrdersStopped": _alike("Until noon nothing is sold.", filled_in="Until noon nothing is sold."),
    "QuantityBelow": Wording("Quantity below the minimum of 50", 400, "Quantity less than minimal 50", filled_in="50"),
    "QuantityAbove": Wording(
        "Quantity above the maximum of 10000", 400, "Quantity more than maximum 10000", filled_in="10000"
    ),
    "LinkInProgress": Wording(
        "An order for this link is already in progress",
        400,
        "You have active order with this link. Please wait until order being completed.",
    ),
    "InvalidCoupon": _alike("Invalid coupon"),
    "RequestConflict": _alike("request_id was already used for a different order"),
    # Orders and refills
    "OrderNotFound": Wording("Order not found", 400, "Incorrect order ID"),
    "OrderAndOrders": Wording("Pass either order or orders, not both", 400, "Incorrect request"),
    "TooManyOrders": _alike("Too many orders: at most 100"),
    "CannotBeCanceled": _alike("Order cannot be canceled"),
    "RefillNotAvailable": Wording(
        "Refill is not available for this service", 400, "Refill is disabled for this service"
    ),
    "OrderNotCompleted": Wording("Order is not completed", 400, "The order is not completed"),
    "RefillAlreadyPending": Wording(
        "A refill is already pending for this order", 400, "The refill task is not completed for this order"
    ),
    "RefillLimitReached": _alike("Refill limit reached for this order"),
    "RefillPeriodOver": Wording("Refill period is over", 400, "Refill days are over"),
    "RefillNotFound": _alike("Refill not found"),
    "RefillAndRefills": Wording("Pass either refill or refills, not both", 400, "Incorrect request"),
    # Webhooks
    "NotPublic": _alike("Webhook URL must be public"),
    "UnknownKind": _alike("Unknown event: order.eaten", filled_in="order.eaten"),
    "EndpointLimitReached": _alike("Webhook limit reached: at most 5 per API key"),
    "EndpointNotFound": _alike("Webhook not found"),
}
# A parameter that is a link has a classic text of its own.
OF_LINKS = {
    "MissingParameter": Wording("Missing required parameter: link", 400, "Bad link", filled_in="link"),
    "InvalidParameter": Wording("Invalid parameter: link", 400, "Bad link", filled_in="link"),
}
# What the classic dialect calls what the standard one calls so.
ORDER_WORDS = {
    "pending": "Pending",
    "processing": "Processing",
    "in_progress": "In progress",
    "completed": "Completed",
    "partial": "Partial",
    "canceled": "Canceled",
    "failed": "Canceled",
}
REFILL_WORDS = {
    "pending": "Pending",
    "in_progress": "In progress",
    "completed": "Completed",
    "rejected": "Rejected",
}
SUBSCRIPTION_WORDS = {
    "active": "Active",
    "paused": "Paused",
    "completed": "Completed",
    "expired": "Expired",
    "canceled": "Canceled",
}
