"""What a provider says of a request to cancel: it took it, it does not cancel, or nobody can tell."""

import re
from dataclasses import dataclass

from providers import answers, faults
from providers.batches import Question
from providers.following import NoNews

YES = {"1", "true", "yes", "ok", "success", "successful", "accepted", "sent", "requested", "pending", "canceling"}
YES |= {"cancelling", "canceled", "cancelled"}
NO = {"0", "false", "no", "fail", "failed", "error"}
AN_ID = re.compile(r"[1-9][0-9]*|[A-Za-z]{2,8}_[0-9A-Za-z]{6,60}")
ALREADY = re.compile(
    r"\balready (been |being )?(cancell?(ed|ing)|requested|sent|submitted)\b"
    r"|\bcancel(lation|ation|ing)?( request| task)? (is |was |has been )?(already |still )*"
    r"(requested|sent|submitted|pending|in progress|processing|exists|not completed)\b"
)
REFUSING = re.compile(r"\b(not|cannot|can t|disabled|already|incorrect|invalid|error|fail(ed)?|unable|wrong|denied)\b")


@dataclass(frozen=True)
class Canceling:
    """The provider took the request, now or before; what comes of it shows in the order's status."""


@dataclass(frozen=True)
class NotCancelable:
    """The provider does not cancel this order; `not_found` says that it knows no such order, as many do at first."""

    why: str
    not_found: bool = False


CancelNews = Canceling | NotCancelable | NoNews


def cancel_news(item: object) -> CancelNews:
    """Return what one order's answer to `cancel` says."""
    if not isinstance(item, dict):
        return _word(item)
    error = answers.error_text(item) or answers.error_text(item.get("cancel"))
    if error:
        return _complaint(error)
    if "cancel" in item:
        return _word(item["cancel"])
    return _word(item.get("success", item.get("status")))


def _word(value: object) -> CancelNews:
    if isinstance(value, bool):
        value = str(value)
    text = answers.as_text(value, 500)
    if text.lower() in NO:
        return NotCancelable("the provider gives no reason")
    if text.lower() in YES or AN_ID.fullmatch(text):
        return Canceling()
    if REFUSING.search(faults.words(text)):
        return _complaint(text)
    return NoNews(f"the provider says: {text}" if text else "the provider says nothing of cancelling this order")


def _complaint(text: str) -> CancelNews:
    if ALREADY.search(faults.words(text)):
        return Canceling()
    if faults.concerns(text) is not faults.Concerns.THE_ORDER:
        return NoNews(f"the provider says: {text}")
    return NotCancelable(text, not_found=faults.says_not_found(text))


CANCEL: Question[CancelNews] = Question("cancel", "order", "orders", ("order", "id", "order_id"), "cancel", cancel_news)
