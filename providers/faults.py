"""Whom an error text of a panel concerns: us, this order, or nobody who could say.

The texts are those of both error families (the documented ones and PerfectPanel's), and what panels in the
field make of them. They are compared as bare lower-case words, so `neworder.error.not_enough_funds` and
"Not enough funds!" are the same.
"""

import re
from enum import Enum


class Concerns(Enum):
    """What an error means for the order it answers."""

    OUR_ACCOUNT = "the provider will take no order of ours"
    OUR_PACE = "the provider wants fewer calls"
    THE_ORDER = "the provider declines this order"
    NOBODY = "the provider failed and does not say how far it got"


NOT_FOUND = re.compile(
    r"\b(incorrect|invalid|wrong|unknown|bad) order( id| number)?$"
    r"|\border( id)? (was )?(not found|not exist|does not exist|doesn t exist|is incorrect|is invalid)\b"
    r"|^no such order\b"
)
OUR_ACCOUNT = re.compile(
    # our key
    r"\b(invalid|incorrect|wrong|bad|missing|unknown|expired|inactive|disabled|empty) (api )?(key|token)\b"
    r"|\b(api|your) (key|token) (is |was |has |has been |does )?(not )?"
    r"(invalid|incorrect|wrong|expired|inactive|active|disabled|blocked|revoked|missing|found|valid|exist|required"
    r"|read only)\b"
    r"|^missing required parameter (key|request id|action)$"
    r"|\bunauthori[sz]ed\b|\bunauthenticated\b|\bauthentication failed\b"
    r"|\baccess denied\b|\bpermission denied\b|\b(ip|address) (is )?(not|isn t)"
    r" (allowed|whitelisted|permitted)\b"
    r"|\bapi (access )?(is )?(disabled|not enabled|blocked|off)\b"
    # our account
    r"|^(your |user )?(user |api |reseller )?account (is |was |has been )?"
    r"(suspended|blocked|banned|disabled|deactivated|inactive|frozen|not active|not verified)\b"
    r"|^(your |the )?user (is |was |has been )?"
    r"(suspended|blocked|banned|disabled|deactivated|inactive|not active)\b"
    # our funds
    r"|\b(not enough|insufficient|no|low|too little|lack of|not have enough|don t have enough)"
    r" (account |available |user )?(funds?|balance|money|credits?)\b"
    r"|\b(funds?|balance|credits?) (is |are )?(too )?(not enough|insufficient|not sufficient|low|exhausted)\b"
    r"|\bbalance (is )?less than\b"
    # the whole panel
    r"|\bmaintenance\b|\btemporarily closed\b"
    # how we speak to it: no order of ours would fare better
    r"|^(invalid host|use post|malformed request body|content length is required for this action)$"
)
LINK_IS_BUSY = re.compile(
    r"\b(you )?(have|has) (an )?active order\b|\border (for|with) (this|that|the same) link (is )?already\b"
    r"|\b(wait|until) (until )?(the )?(previous |other |last )?order (is |being |has been )*(completed|finished)\b"
)
OUR_PACE = re.compile(
    r"\brate limit|\btoo many (requests|calls|attempts)\b|\brequest limit\b|\bslow down\b|\bthrottled\b"
)
NOBODY = re.compile(
    r"\binternal (server )?error\b|^server error\b|\bunexpected error\b|\bsomething went wrong\b"
    r"|\btime(d)? ?out\b|\bgateway\b|\bdatabase error\b|\bsqlstate\b"
)


# Of all panels only a NotPanel asks for it, and only of who has a standard key and speaks the classic dialect.
NOTPANELS_OWN = "missing required parameter request id"


def concerns(text: str) -> Concerns:
    """Return whom an error that answered `add` concerns."""
    bare = words(text)
    for pattern, whom in (
        (OUR_PACE, Concerns.OUR_PACE),
        (OUR_ACCOUNT, Concerns.OUR_ACCOUNT),
        (NOBODY, Concerns.NOBODY),
    ):
        if pattern.search(bare):
            return whom
    return Concerns.THE_ORDER


def explained(text: str) -> str:
    """Return the text of an error that answered `add`, with what to do where the operator can know that from it."""
    if words(text) == NOTPANELS_OWN:
        return f"{text.strip()}: this is a NotPanel: choose the standard dialect"
    return text


def says_link_is_busy(text: str) -> bool:
    """Return whether an error says that the panel takes no second order for a link while one of ours is open there."""
    return bool(LINK_IS_BUSY.search(words(text)))


def says_not_found(text: str) -> bool:
    """Return whether an error says that the panel knows no such order; some do for minutes after placing."""
    return bool(NOT_FOUND.search(words(text)))


def words(text: str) -> str:
    """Return a text as its bare lower-case words."""
    return " ".join(re.findall(r"[a-z0-9]+", text.lower()))
