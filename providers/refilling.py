"""What a provider says of refills: of asking for one, and of one that it has begun."""

import re
from dataclasses import dataclass

from providers import answers, faults
from providers.batches import Question
from providers.following import NoNews, NotFound

# By their letters alone.
STATUSES = {
    "pending": "pending",
    "awaiting": "pending",
    "queued": "pending",
    "inqueue": "pending",
    "new": "pending",
    "inprogress": "in_progress",
    "processing": "in_progress",
    "progress": "in_progress",
    "active": "in_progress",
    "running": "in_progress",
    "refilling": "in_progress",
    "started": "in_progress",
    "completed": "completed",
    "complete": "completed",
    "done": "completed",
    "finished": "completed",
    "success": "completed",
    "refilled": "completed",
    "rejected": "rejected",
    "reject": "rejected",
    "declined": "rejected",
    "refused": "rejected",
    "canceled": "rejected",
    "cancelled": "rejected",
    "error": "rejected",
    "fail": "rejected",
    "failed": "rejected",
}
YES = {"true", "yes", "ok", "success", "accepted", "requested", "pending"}
UNDER_WAY = re.compile(
    r"\brefill( task| request)? (is |was |has )?(been )?(already |still )*(not completed|not finished|pending"
    r"|in progress|in process|processing|requested|active|exists|under way)\b"
    r"|\balready (has |have |been |being |a |an |in |under )*(refill\w*|requested|pending|progress|active refill)\b"
    r"|\b(pending|active|unfinished|previous|another) refill\b"
)
NO_REFILL = re.compile(
    r"\brefill( id)? (was |is )?(not found|incorrect|invalid|not exist|does not exist|doesn t exist)\b"
    r"|\b(incorrect|invalid|wrong|unknown|bad) refill( id)?$|^no such refill\b"
)


@dataclass(frozen=True)
class RefillStarted:
    """The provider refills, under this id."""

    provider_refill_id: str


@dataclass(frozen=True)
class RefillPending:
    """The provider refills the order already, or will, and gives no id by which to ask about it."""

    why: str


@dataclass(frozen=True)
class RefillRefused:
    """The provider does not refill this order."""

    why: str


@dataclass(frozen=True)
class RefillNews:
    """A refill as its provider sees it: pending, in_progress, completed or rejected; `said` is its own spelling."""

    status: str
    said: str = ""


RefillOutcome = RefillStarted | RefillPending | RefillRefused
RefillTold = RefillNews | NotFound | NoNews


def refill_outcome(item: object) -> RefillOutcome | NoNews:
    """Return what one order's answer to `refill` says."""
    if not isinstance(item, dict):
        return _word(item)
    error = answers.error_text(item) or answers.error_text(item.get("refill"))
    if error:
        return _complaint(error)
    inner = item.get("refill", item.get("refill_id"))
    if isinstance(inner, dict):
        inner = inner.get("refill", inner.get("id"))
    return _word(inner)


def refill_told(item: object) -> RefillTold:
    """Return what one refill's answer to `refill_status` says."""
    if not isinstance(item, dict):
        return _state(item)
    inner = item.get("status")
    spelled = isinstance(inner, str) and _status_named(inner)  # "Error" is a state, and no error of the call
    error = "" if spelled else answers.error_text(item) or answers.error_text(inner)
    return _unfound(error) if error else _state(inner)


def _word(value: object) -> RefillOutcome | NoNews:
    if value is True or (isinstance(value, str) and value.strip().lower() in YES):
        return RefillPending("the provider took it and gave no id")
    if value is False:
        return RefillRefused("the provider gives no reason")
    text = answers.as_text(value, 500)
    found = answers.remote_id(value)
    # A lone word is no id: one that holds no digit would be asked about for ever.
    if found and re.search(r"[0-9]", found):
        return RefillStarted(found)
    if re.search(r"\b(refill|not|disabled|incorrect|invalid|error)\b", faults.words(text)):
        return _complaint(text)
    return NoNews(f"the provider says: {text}" if text else "the provider says nothing of refilling this order")


def _complaint(text: str) -> RefillOutcome | NoNews:
    if UNDER_WAY.search(faults.words(text)):
        return RefillPending(text)
    if faults.concerns(text) is not faults.Concerns.THE_ORDER:
        return NoNews(f"the provider says: {text}")
    return RefillRefused(text)


def _state(value: object) -> RefillTold:
    text = answers.as_text(value, 100)
    status = _status_named(text)
    return RefillNews(status, text) if status else _unfound(text)


def _status_named(text: str) -> str | None:
    return STATUSES.get(re.sub(r"[^a-z]", "", text.lower()))


def _unfound(text: str) -> RefillTold:
    if NO_REFILL.search(faults.words(text)):
        return NotFound(text)
    return NoNews(f"the provider says: {text}" if text else "the provider says nothing of this refill")


REFILL: Question[RefillOutcome | NoNews] = Question(
    "refill", "order", "orders", ("order", "order_id", "id"), "refill", refill_outcome
)
REFILL_STATUS: Question[RefillTold] = Question(
    "refill_status", "refill", "refills", ("refill", "refill_id", "id"), "status", refill_told
)
