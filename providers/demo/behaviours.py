"""Every way the demo provider can behave, each named for what it does."""

from enum import StrEnum


class Behaviour(StrEnum):
    """What happens to one call, or to every order of one service."""

    DELIVER = "deliver"
    PARTIAL = "partial"
    CANCEL = "cancel"
    SLOW_DELIVERY = "slow_delivery"
    STUCK = "stuck"
    SLOW = "slow"
    HIDDEN_AT_FIRST = "hidden_at_first"
    ODD_SPELLING = "odd_spelling"
    BACKWARDS = "backwards"
    CONTRADICTS = "contradicts"
    PARTIAL_THEN_CANCELED = "partial_then_canceled"
    CANCELED_THEN_COMPLETED = "canceled_then_completed"
    PAUSE = "pause"
    CANCEL_REFUSED = "cancel_refused"
    CANCEL_IGNORED = "cancel_ignored"
    REFILL_REFUSED = "refill_refused"
    REFILL_PENDING = "refill_pending"
    REFILL_REJECTED = "refill_rejected"
    REFUSE = "refuse"
    NO_FUNDS = "no_funds"
    TOO_MANY_REQUESTS = "too_many_requests"
    TIMEOUT_BEFORE_PLACING = "timeout_before_placing"
    TIMEOUT_AFTER_PLACING = "timeout_after_placing"
    HTML = "html"
    HTML_AFTER_PLACING = "html_after_placing"
    ERROR_500_BEFORE_PLACING = "500_before_placing"
    ERROR_500_AFTER_PLACING = "500_after_placing"
    RESET_BEFORE_PLACING = "reset_before_placing"
    RESET_AFTER_PLACING = "reset_after_placing"
    EMPTY_CATALOGUE = "empty_catalogue"
    BROKEN_CATALOGUE = "broken_catalogue"


SENTENCES = {
    Behaviour.DELIVER: "delivers everything",
    Behaviour.PARTIAL: "stops after 60 % of the quantity and ends as Partial",
    Behaviour.CANCEL: "delivers nothing and ends as Canceled",
    Behaviour.SLOW_DELIVERY: "takes a hundred times as long to deliver",
    Behaviour.STUCK: "delivers half, says so every time, and never ends",
    Behaviour.SLOW: "answers after `slow_seconds`",
    Behaviour.HIDDEN_AT_FIRST: 'answers "Incorrect order ID" for `hidden_seconds` after placing',
    Behaviour.ODD_SPELLING: "delivers, and spells statuses and numbers as the worst panels do",
    Behaviour.BACKWARDS: "while it delivers, every second status answer goes back to Pending with nothing delivered",
    Behaviour.CONTRADICTS: "delivers; after the end it says Completed, then Canceled, Partial, In progress, and so on",
    Behaviour.PARTIAL_THEN_CANCELED: "delivers 60 %; after the end it says Partial once, and Canceled from then on",
    Behaviour.CANCELED_THEN_COMPLETED: "delivers; after the end it says Canceled once, and Completed from then on",
    Behaviour.PAUSE: "a subscription is Paused after its first post",
    Behaviour.CANCEL_REFUSED: "does not cancel its orders",
    Behaviour.CANCEL_IGNORED: "says that it cancels, and goes on delivering",
    Behaviour.REFILL_REFUSED: 'answers a refill with "Refill is disabled for this service"',
    Behaviour.REFILL_PENDING: "says that a refill is under way already, and gives no id",
    Behaviour.REFILL_REJECTED: "takes a refill and ends it as Rejected",
    Behaviour.REFUSE: "refuses the order",
    Behaviour.NO_FUNDS: 'answers "Not enough funds on balance"',
    Behaviour.TOO_MANY_REQUESTS: "answers HTTP 429",
    Behaviour.TIMEOUT_BEFORE_PLACING: "does nothing, and holds the connection for `hold_seconds`",
    Behaviour.TIMEOUT_AFTER_PLACING: "does what is asked, and holds the connection for `hold_seconds`",
    Behaviour.HTML: "does nothing, and answers a web page with HTTP 200",
    Behaviour.HTML_AFTER_PLACING: "does what is asked, and answers a web page with HTTP 200",
    Behaviour.ERROR_500_BEFORE_PLACING: "does nothing, and answers HTTP 500",
    Behaviour.ERROR_500_AFTER_PLACING: "does what is asked, and answers HTTP 500",
    Behaviour.RESET_BEFORE_PLACING: "does nothing, and resets the connection",
    Behaviour.RESET_AFTER_PLACING: "does what is asked, and resets the connection",
    Behaviour.EMPTY_CATALOGUE: "answers an empty list of services",
    Behaviour.BROKEN_CATALOGUE: "answers a list of services that makes no sense",
}
OF_CANCELS = {Behaviour.CANCEL_REFUSED, Behaviour.CANCEL_IGNORED}
OF_REFILLS = {Behaviour.REFILL_REFUSED, Behaviour.REFILL_PENDING, Behaviour.REFILL_REJECTED}
# What an order keeps from its placing on; every other behaviour is over with the call.
OF_ORDERS = {
    Behaviour.DELIVER,
    Behaviour.PARTIAL,
    Behaviour.CANCEL,
    Behaviour.SLOW_DELIVERY,
    Behaviour.STUCK,
    Behaviour.HIDDEN_AT_FIRST,
    Behaviour.ODD_SPELLING,
    Behaviour.BACKWARDS,
    Behaviour.CONTRADICTS,
    Behaviour.PARTIAL_THEN_CANCELED,
    Behaviour.CANCELED_THEN_COMPLETED,
    Behaviour.PAUSE,
    *OF_CANCELS,
    *OF_REFILLS,
}
OF_CATALOGUES = {Behaviour.EMPTY_CATALOGUE, Behaviour.BROKEN_CATALOGUE}
