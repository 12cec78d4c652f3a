"""Every way the demo provider can behave, each named for what it does."""

from enum import StrEnum


class Behaviour(StrEnum):
    """What happens to one call, or to every order of one service."""

    DELIVER = "deliver"
    PARTIAL = "partial"
    CANCEL = "cancel"
    SLOW_DELIVERY = "slow_delivery"
    SLOW = "slow"
    HIDDEN_AT_FIRST = "hidden_at_first"
    ODD_SPELLING = "odd_spelling"
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
    Behaviour.SLOW: "answers after `slow_seconds`",
    Behaviour.HIDDEN_AT_FIRST: 'answers "Incorrect order ID" for `hidden_seconds` after placing',
    Behaviour.ODD_SPELLING: "delivers, and spells statuses and numbers as the worst panels do",
    Behaviour.REFUSE: "refuses the order",
    Behaviour.NO_FUNDS: 'answers "Not enough funds on balance"',
    Behaviour.TOO_MANY_REQUESTS: "answers HTTP 429",
    Behaviour.TIMEOUT_BEFORE_PLACING: "does nothing, and holds the connection for `hold_seconds`",
    Behaviour.TIMEOUT_AFTER_PLACING: "places the order, and holds the connection for `hold_seconds`",
    Behaviour.HTML: "does nothing, and answers a web page with HTTP 200",
    Behaviour.HTML_AFTER_PLACING: "places the order, and answers a web page with HTTP 200",
    Behaviour.ERROR_500_BEFORE_PLACING: "does nothing, and answers HTTP 500",
    Behaviour.ERROR_500_AFTER_PLACING: "places the order, and answers HTTP 500",
    Behaviour.RESET_BEFORE_PLACING: "does nothing, and resets the connection",
    Behaviour.RESET_AFTER_PLACING: "places the order, and resets the connection",
    Behaviour.EMPTY_CATALOGUE: "answers an empty list of services",
    Behaviour.BROKEN_CATALOGUE: "answers a list of services that makes no sense",
}
# What an order keeps from its placing on; every other behaviour is over with the call.
OF_ORDERS = {
    Behaviour.DELIVER,
    Behaviour.PARTIAL,
    Behaviour.CANCEL,
    Behaviour.SLOW_DELIVERY,
    Behaviour.HIDDEN_AT_FIRST,
    Behaviour.ODD_SPELLING,
}
OF_CATALOGUES = {Behaviour.EMPTY_CATALOGUE, Behaviour.BROKEN_CATALOGUE}
